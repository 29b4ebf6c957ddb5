"""Java sources of a class of whatever name."""


def program(head: str, body: str = "System.out.println(new java.util.Scanner(System.in).nextInt() * 6);") -> str:
    return f"{head} {{ public static void main(String[] args) {{ {body} }} }}"
