"""Say it: view model, templates, HTML and PDF; verify."""
