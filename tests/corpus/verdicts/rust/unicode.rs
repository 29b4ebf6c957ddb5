//: claim = "Counts and prints characters of several scripts."
//: verdict = "AC"
//: input = "Grüße 世界 🎉\n"
//: output = "10 Grüße 世界 🎉\n"
fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    println!("{} {}", text.trim_end().chars().count(), text.trim_end());
}
