//: claim = "Has a main class of another name, in a package."
//: verdict = "AC"
package contest.day1;

class Numbers {
    int sum;
}

public class Solution {
    public static void main(String[] args) {
        Numbers numbers = new Numbers();
        java.util.Scanner in = new java.util.Scanner(System.in);
        for (int left = in.nextInt(); left > 0; left--) {
            numbers.sum += in.nextInt();
        }
        System.out.println(numbers.sum);
    }
}
