"""Images and labels: found, checked, read once; digested without torch.

`sources` finds a data set, `source` reads it into arrays, `describe` makes its record.
`catalogue` is the table of what is expected, `idx` checks files against it, `digits` is the
embedded data set, `download` the way to the mirrors that torchvision names.
"""
