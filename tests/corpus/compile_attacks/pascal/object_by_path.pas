//: claim = "A file that the source has linked is not an object, and no program comes of it."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
{$L /etc/passwd}
procedure word; external;
begin
  word;
end.
