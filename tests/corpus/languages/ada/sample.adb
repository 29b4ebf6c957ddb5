with Ada.Containers.Generic_Array_Sort;
with Ada.Containers.Ordered_Sets;
with Ada.Integer_Text_IO; use Ada.Integer_Text_IO;
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
   type Value is range 0 .. 2 ** 62;
   type Values is array (Positive range <>) of Value;
   procedure Sort is new Ada.Containers.Generic_Array_Sort (Positive, Value, Values);
   package Sets is new Ada.Containers.Ordered_Sets (Value);
   Distinct : Sets.Set;
   Counts   : array (Value range 0 .. 999) of Natural := [others => 0];
   Mode     : Value := 0;
   Checksum : Value := 0;
   Last     : Value := 1;
   N        : Positive;
begin
   Get (N);
   declare
      All_Of : Values (1 .. N);
   begin
      for Each of All_Of loop
         Last := Last * 48271 mod 2147483647;
         Each := Last;
      end loop;
      Sort (All_Of);
      for At_Index in All_Of'Range loop
         Checksum := (Checksum + Value (At_Index) * All_Of (At_Index)) mod 1_000_000_007;
         Distinct.Include (All_Of (At_Index) mod 100_000);
         Counts (All_Of (At_Index) mod 1000) := @ + 1;
      end loop;
   end;
   for Each in Counts'Range loop
      if Counts (Each) > Counts (Mode) then
         Mode := Each;
      end if;
   end loop;
   Put_Line
     (Natural (Distinct.Length)'Image (2 .. Natural (Distinct.Length)'Image'Last) & Checksum'Image & Mode'Image
      & Counts (Mode)'Image);
end Main;
