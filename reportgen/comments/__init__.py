"""Comments of reviewers: text beside a report, outside what verification covers.

`records` is what a comment is and how comments of several files are merged, `container` the one
place of a report that holds them, and `places` where each belongs in the next build.
"""

from reportgen.comments.container import insert, split
from reportgen.comments.places import carry, relocate
from reportgen.comments.records import Comment, merge, read_json, write_json

__all__ = ["Comment", "carry", "insert", "merge", "read_json", "relocate", "split", "write_json"]
