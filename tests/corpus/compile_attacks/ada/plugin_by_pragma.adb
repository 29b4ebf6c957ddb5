--: claim = "An option of gcc's that a source gives loads nothing that is not there."
--: status = "COMPILE_ERROR"
--: reason = ["compile_failed", "output_limit"]
procedure Main is
   pragma Linker_Options ("-fplugin=/workspace/word.so");
   pragma Linker_Options ("-B/workspace");
   pragma Linker_Options ("@/etc/passwd");
begin
   null;
end Main;
