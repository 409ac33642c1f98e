"""Tables in, workbooks, layers and maps out."""
