@echo off
rem Service Lab on Windows: makes the same calls as the script `lab`. Untested.
setlocal
set "course=%~dp0"
set "course=%course:~0,-1%"
set "environment=%course%\.venv"
call :ready && goto run
set "made_by="
for %%p in (python3 python py) do if not defined made_by (
    %%p -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set "made_by=%%p"
)
if not defined made_by (
    echo Service Lab needs Python 3.11 or newer. Get it from https://www.python.org/downloads/ 1>&2
    exit /b 1
)
%made_by% "%course%\tools\bootstrap.py" "%environment%" %* || exit /b 1
:run
"%environment%\Scripts\python.exe" -P -m servicelab.cli %*
exit /b %errorlevel%

:ready
if not exist "%environment%\Scripts\python.exe" exit /b 1
fc /b "%course%\requirements.lock" "%environment%\lab-setup\requirements.lock" >nul 2>nul || exit /b 1
fc /b "%course%\pyproject.toml" "%environment%\lab-setup\pyproject.toml" >nul 2>nul || exit /b 1
exit /b 0
