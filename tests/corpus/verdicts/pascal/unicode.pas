//: claim = "Passes Unicode through."
//: verdict = "AC"
//: input = "Žižka 🦀\n"
//: output = "Hello, Žižka 🦀!\n"
program hello;
var
  name: string;
begin
  readln(name);
  writeln('Hello, ', name, '!');
end.
