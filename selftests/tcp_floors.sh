#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# Where the floors of sessions come from and where they do not: a user's own policy, the
# settings of conntrack, the switch, changes while sessions last, and rmmod.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/tcp_lib.sh"

T1
engine r
tcp_scaled r
deaf h1 s1

# left PORT: seconds that conntrack keeps the session of h1:PORT, into $LEFT
left() {
	LEFT=$(ns r conntrack -L -p tcp --orig-port-src "$1" 2>/dev/null | awk '{ print $3 }')
	log "left of $1: $LEFT"
}

gone() { left "$1"; [ -z "$LEFT" ]; }

testcase "a user's own ct timeout wins, in either direction"
rules r <<'NFT'
table ip own {
	ct timeout quick {
		protocol tcp
		l3proto ip
		policy = { syn_sent : 3 }
	}
	ct timeout slow {
		protocol tcp
		l3proto ip
		policy = { syn_sent : 900 }
	}
	chain late {
		type filter hook postrouting priority 200;
		tcp dport 81 ct timeout set "quick"
		tcp dport 82 ct timeout set "slow"
	}
}
NFT
seg h1:4001 s1a:81 s1a:81 S 1000 0; E1=$E
seg h1:4002 s1a:82 s1a:82 S 1000 0
left 4002
ge "$LEFT" 800 "time of a session with a slow policy"
left 4001
le "$LEFT" 3 "time of a session with a quick policy"
# and the mapping's own timer goes on
busywait 20000 gone 4001 || fail "the session is still there"

testcase "the floor is no ceiling: longer settings of conntrack hold, new ones too"
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_tcp_timeout_syn_sent 500
seg h1:4011 s1a:80 s1a:80 S 1000 0
left 4011
ge "$LEFT" 450 "time of the session"
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_tcp_timeout_syn_sent 2
seg h1:4012 s1a:80 s1a:80 S 1000 0
left 4012
le "$LEFT" "$UDP" "time of the next session"
ge "$LEFT" 3 "time of the next session"

testcase "a stranger's segment out of nowhere has conntrack's own time"
seg h1:4013 s1a:80 s1a:80 S 1000 0; E1=$E
seg s1b:80 "$E1" h1:4013 A 9000 9000
seg s1b:80 "$E1" h1:4013 A 9000 9000
LEFT=$(ns r conntrack -L -p tcp --orig-src "${ADDR[s1b]}" 2>/dev/null | awk '{ print $3 }')
le "${LEFT:-0}" 2 "time of the session"

testcase "TO-1 P-2.1 P-2.2 each class of a session has a time of its own, and so has its mapping"
# lives PORT SECONDS: session and mapping do
lives() {
	left "$1"
	le "$LEFT" "$2" "time of the session of $1"
	ge "$LEFT" $(($2 - 50)) "time of the session of $1"
	maps r '.mappings[0].expires_ms / 1000 | floor' int "192.168.1.1:$1"
	stock || le "$M" "$2" "time of the mapping of $1"
	stock || ge "$M" $(($2 - 50)) "time of the mapping of $1"
}
profile r tcp_open=300 tcp_close=400 tcp_rst=500 tcp_est=700
seg h1:4014 s1a:80 s1a:80 S 1000 0
lives 4014 300
opened h1:4015 s1a:80 E1
lives 4015 700
up h1:4015 s1a:80 FA
lives 4015 400
opened h1:4016 s1a:80 E1
up h1:4016 s1a:80 RA
lives 4016 500
tcp_scaled r

testcase "session_floors=0: conntrack's own"
must ns r fullcone profile set default session_floors=0
seg h1:4021 s1a:80 s1a:80 S 1000 0
left 4021
le "${LEFT:-0}" 2 "time of the session"
must ns r fullcone profile set default session_floors=1

testcase "sessions keep theirs when the profile changes, and when it is deleted"
must ns r fullcone profile set other label=90 unsafe_timeouts=1 tcp_open=600
rules r <<'NFT'
table ip label {
	chain label {
		type nat hook postrouting priority srcnat - 20;
		tcp dport 90 ct label set 90
	}
}
NFT
seg h1:4031 s1a:90 s1a:90 S 1000 0
left 4031
ge "$LEFT" 550 "time of the session"
must ns r fullcone profile set other tcp_open=700
must ns r fullcone profile del other
seg s1a:90 "$E" h1:4031 SA 5000 1001
left 4031
ge "$LEFT" 550 "time of the session that has been answered"

testcase "rmmod with live sessions: they keep their floors, and traffic goes on"
opened h1:4041 s1a:80 E1
at_exit load
unload
up h1:4041 s1a:80 PA len=10
seg s1a:80 "$E1" h1:4041 PA 5001 1011 len=10
tell mark
at 3500
left 4041
ge "$LEFT" 3 "time of the session without the module"
seg s1a:80 "$E1" h1:4041 PA 5011 1011 len=10
must ns r conntrack -F
load

finish
