gets stdin n
set value 1
set values {}
for {set at 0} {$at < $n} {incr at} {
    set value [expr {$value * 48271 % 2147483647}]
    lappend values $value
}
set checksum 0
set at 0
foreach value [lsort -integer $values] {
    incr at
    set checksum [expr {($checksum + $at * $value) % 1000000007}]
    set seen([expr {$value % 100000}]) 1
    incr counts([expr {$value % 1000}])
}
set mode 0
for {set key 0} {$key < 1000} {incr key} {
    if {[info exists counts($key)] && $counts($key) > $counts($mode)} {
        set mode $key
    }
}
puts "[array size seen] $checksum $mode $counts($mode)"
