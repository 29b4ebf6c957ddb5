identification division.
program-id. sample.
data division.
working-storage section.
01 n pic 9(9) comp-5.
01 at-index pic 9(9) comp-5.
01 current pic 9(18) comp-5 value 1.
01 checksum pic 9(18) comp-5 value 0.
01 distinct-count pic 9(9) comp-5 value 0.
01 place pic 9(9) comp-5.
01 mode-at pic 9(9) comp-5 value 1.
01 shown pic z(17)9.
01 table-of-values.
    02 entry-of occurs 1 to 200000 times depending on n.
        03 amount pic 9(18) comp-5.
01 seen-table.
    02 seen pic 9 occurs 100000 times value 0.
01 count-table.
    02 tally-of pic 9(9) comp-5 occurs 1000 times value 0.
procedure division.
    accept n
    perform varying at-index from 1 by 1 until at-index > n
        compute current = function mod(current * 48271, 2147483647)
        move current to amount(at-index)
    end-perform
    sort entry-of ascending key amount
    perform varying at-index from 1 by 1 until at-index > n
        compute checksum = function mod(checksum + at-index * amount(at-index), 1000000007)
        compute place = function mod(amount(at-index), 100000) + 1
        if seen(place) = 0
            add 1 to distinct-count
            move 1 to seen(place)
        end-if
        compute place = function mod(amount(at-index), 1000) + 1
        add 1 to tally-of(place)
    end-perform
    perform varying at-index from 2 by 1 until at-index > 1000
        if tally-of(at-index) > tally-of(mode-at)
            move at-index to mode-at
        end-if
    end-perform
    move distinct-count to shown
    display function trim(shown) " " with no advancing
    move checksum to shown
    display function trim(shown) " " with no advancing
    compute shown = mode-at - 1
    display function trim(shown) " " with no advancing
    move tally-of(mode-at) to shown
    display function trim(shown)
    stop run.
