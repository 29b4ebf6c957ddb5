//: claim = "What a source includes of the compiler's environment is that of programs."
//: status = "OK"
//: stdout = "/workspace runner  \n"
begin
  writeln({$I %HOME%}, ' ', {$I %USER%}, ' ', {$I %DOCKER_HOST%}, ' ', {$I %HOSTNAME%});
end.
