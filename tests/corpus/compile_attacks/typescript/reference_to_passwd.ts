//: claim = "A reference to the list of users shows none of them."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_excludes = ["root:x"]
/// <reference path="/etc/passwd" />
import users = require("/etc/passwd");
console.log(users);
