"""`reportgen serve`: the report in a browser, rebuilt as experiment and templates are edited.

`loop` builds and waits for changes, `watching` sees them, `board` holds what there is to show,
`web` shows it to browsers on this machine, `page` adds the script that reloads it (`live.js`).
`project` is what the command line serves.
"""
