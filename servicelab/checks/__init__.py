"""What a grader is made of: @check, expectations, the runner, results and their renderers."""
