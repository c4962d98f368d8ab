"""Where a failure points for a closer look."""

from servicelab.checks.causes import Failure, catalogue


def test_a_failure_about_a_service_points_to_its_doctor():
    about = Failure("wrong-port", "", name="web", asked=80, ports="port 81")
    assert about.look("shop") == "lab doctor web -n shop"
    elsewhere = Failure("selector-missing", "", name="web", namespace="far", selector="")
    assert elsewhere.look("shop") == "lab doctor web -n far"


def test_a_request_that_nobody_answered_is_asked_again():
    failure = Failure("no-answer", "", source="pod/client", target="http://web:80/", verdict="timed out")
    assert failure.look("shop") == "lab doctor http://web:80/ --from pod/client -n shop"


def test_a_failure_about_no_service_points_nowhere():
    assert Failure("service-missing", "", namespace="shop").look("shop") == ""
    assert Failure("invalid-yaml", "", problem="line 3").look("shop") == ""


def test_words_fit_a_notebook_and_a_folder_of_files():
    spoken = [cause for cause, words in catalogue().items() if "cell that" in words.help or "%%answer" in words.help]
    assert spoken == []
