"""Documents: view model, templates, HTML and PDF."""
