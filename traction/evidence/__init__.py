"""Published cases as something to run: read them, simulate them, and judge the model against each."""
