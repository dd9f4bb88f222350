"""Contents that lasted a while between two snapshots (format OBC1, docs/formats/recording.md); rows by plugin/steady.c."""

STEADY_MS = 1000
ROW_BYTES = 20


def steady_file(name, pages, rows):
    """The whole file: its first line, then the rows."""
    if len(rows) % ROW_BYTES:
        raise ValueError('a row is cut')
    head = f'{{"format":"OBC1","name":"{name}","pages":{pages},"steadyMs":{STEADY_MS},"rows":{len(rows) // ROW_BYTES}}}\n'
    return head.encode() + rows
