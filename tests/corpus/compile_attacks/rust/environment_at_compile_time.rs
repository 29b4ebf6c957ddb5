//: claim = "The compiler's environment is that of programs, and has no word of the host."
//: status = "OK"
//: stdout = "/workspace runner None None\n"
fn main() {
    println!("{} {} {:?} {:?}", env!("HOME"), env!("USER"), option_env!("DOCKER_HOST"), option_env!("HOSTNAME"));
}
