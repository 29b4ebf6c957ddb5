--: claim = "Options for the linker that a source gives reach only files of the sandbox."
--: status = "COMPILE_ERROR"
--: reason = "compile_failed"
procedure Main is
   pragma Linker_Options ("/etc/passwd");
begin
   null;
end Main;
