module Ints = Set.Make (Int)

let () =
  let n = Scanf.scanf " %d" Fun.id in
  let last = ref 1 in
  let values = Array.init n (fun _ -> last := !last * 48271 mod 2147483647; !last) in
  Array.sort compare values;
  let counts = Array.make 1000 0 in
  let checksum = ref 0 and distinct = ref Ints.empty and mode = ref 0 in
  Array.iteri
    (fun at value ->
      checksum := (!checksum + ((at + 1) * value)) mod 1_000_000_007;
      distinct := Ints.add (value mod 100_000) !distinct;
      counts.(value mod 1000) <- counts.(value mod 1000) + 1)
    values;
  Array.iteri (fun at count -> if count > counts.(!mode) then mode := at) counts;
  Printf.printf "%d %d %d %d\n" (Ints.cardinal !distinct) !checksum !mode counts.(!mode)
