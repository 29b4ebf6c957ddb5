input()
numbers = list(map(int, input().split()))
print((sum(numbers) ** 2 - sum(a * a for a in numbers)) // 2)
