//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "total.rs" = "pub fn total(words: &str) -> i64 {\n    words.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum()\n}\n" }
mod total;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    println!("{}", total::total(text.lines().nth(1).unwrap()));
}
