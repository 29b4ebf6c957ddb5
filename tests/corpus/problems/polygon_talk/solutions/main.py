low, high = 0, 100
while True:
    print(middle := (low + high) // 2, flush=True)
    match input():
        case "right":
            break
        case "higher":
            low = middle + 1
        case "lower":
            high = middle - 1
