--: claim = "Consists of two files."
--: verdict = "AC"
--: files = {"adding.ads" = "package Adding is\n   function Same (X : Long_Long_Integer) return Long_Long_Integer is (X);\nend Adding;\n"}
with Adding;
with Ada.Integer_Text_IO; use Ada.Integer_Text_IO;
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
   N, X : Integer;
   Sum  : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (X);
      Sum := Sum + Long_Long_Integer (X);
   end loop;
   Sum := Adding.Same (Sum);
   Ada.Text_IO.Put_Line (Long_Long_Integer'Image (Sum));
end Main;
