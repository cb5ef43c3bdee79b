# Texts of the pages for staff, the television and the customer's phone, English. Short, plain, no jargon.
# Every language has the same messages with the same variables; a test says so.

language = English

minutes = { $count } min
wait-unknown = can't be told yet
wait-now = any moment
wait-under = up to { $high } min
wait-about = about { $high } min
wait-range = { $low }–{ $high } min

lost = No connection. What you see may be out of date.
lost-since = since { $time }
signed-out = Your sign-in has ended. Sign in again.
reload = Reload

sign-in = Sign in
sign-in-words = Enter the token that the hub printed when it started.
token = Token
sign-in-wrong = That is not the token. Copy it from the hub's start message; it is another after each start.
sign-in-often = Too many tries. Wait a minute.
sign-out = Sign out
not-found = There is no such page
not-found-words = Check the address, or go back to the list of all pages.
home = All pages
home-title = Which page?
home-tv = Television
home-board = Lobby board
home-none = No branch yet. Add one with usher hub provision.

counter = Counter { $name }
open = Open
paused = Paused
closed = Closed
do-open = Open counter
do-resume = Open again
do-pause = Pause
do-close = Close
do-call = Call next
do-call-this = Call { $number }
do-call-short = Call
do-recall = Call again
do-start = Start
do-finish = Finish
do-miss = Nobody came
do-park = Park
do-unpark = Back in line
do-transfer = Transfer
transfer-to = Transfer to
transfer-class = Service
transfer-counter = Counter
now-nobody = Nobody at the counter
now-called = Called
now-serving = At the counter
now-since = for { $minutes }
recalled = called { $count ->
    [one] once more
   *[other] { $count } times more
}
line = Waiting for this counter
line-empty = Nobody is waiting.
aside = Parked and missed
aside-parked = parked
aside-missed = did not come
held = back later
waited = waited { $minutes }
keys = Keys
keys-on = Keys on
keys-off = Keys off
need-seat = needs a seat
need-step_free = step-free
need-vision = low vision
need-hearing = hard of hearing
need-large_text = large print

bands = Bands that vibrate
bands-free = { $count ->
    [one] 1 ready to lend
   *[other] { $count } ready to lend
}
bands-none = None is ready to lend.
bands-away = out of reach: { $names }
do-lend = Lend a band
do-lend-this = Lend { $band } to { $number }
do-return = Take back
band-lent = lent
band-called = vibrates
band-noticed = has felt the call
band-away = out of reach: please go and fetch
band-over = to be given back
refused-device_taken = Not possible: this band, or this customer's, is lent or bound already.
refused-unknown_device = This band is not lent any more, or not known.

nobody = Nobody is waiting for this counter.
sent-nothing = Nothing was done. Try again.
hub-away = The hub did not answer. Try again.
form-old = This page was too old. Try again.
refused-counter_state = Not possible at this counter just now: see what it is doing, then try again.
refused-ticket_state = Somebody else was quicker: this ticket is somewhere else now.
refused-unknown_ticket = This ticket is not in today's queue.
refused-unknown_counter = There is no such counter.
refused-unknown_service_class = There is no such service.
refused-limit_reached = That was done as often as it may be. Start, or say that nobody came.
refused-branch_closed = The branch has closed.
refused-other = Not possible. Nothing was changed.

tv = Now calling
tv-counter = Counter
tv-recent = Called before
tv-waits = Waiting time if you come now
tv-waiting = { $count ->
    [one] 1 waiting
   *[other] { $count } waiting
}
tv-nobody = Please take a number
tv-sound = Turn sound on
spoken-call = Number { $number }, please go to counter { $counter }.

board = Lobby
board-calm = Everything within its limits.
figure-waiting = waiting
figure-longest = longest wait
figure-median = median wait today
figure-served = served
figure-left = left or missed
figure-counters = counters open
board-counters = Counters
board-line = Who waits
column-number = Number
column-service = Service
column-waited = Waited
column-expected = Called in
column-ahead = Ahead
column-late = perhaps after closing
board-nexts = If you came now
board-bookings = Bookings today
standing-expected = { $count } expected
standing-late = { $count } late
standing-arrived = { $count } here
standing-served = { $count } served
standing-missed = { $count } not come
# $minutes (number): since the time that was booked.
booked-late-by = { $minutes } min late
booked-here = here
booked-not-come = did not come
alert-long-wait = { $subject } has waited { $amount } min
alert-many-wait = { $subject }: { $amount } are waiting
alert-nobody-serves = { $subject }: no open counter, { $amount } waiting
alert-long-service = Counter { $subject } has been busy with one customer for { $amount } min
alert-after-closing = { $amount ->
    [one] 1 customer may
   *[other] { $amount } customers may
} still be waiting at closing time

board-kiosks = Kiosks
kiosk-line = { $kiosk }: { $what }, since { $time }
kiosk-out-of-order = out of order, as told
kiosk-well = works
kiosk-unheard = not heard yet
failing-other = { $part } reports { $condition }
failing-other-do = Tell IT; the kiosk's log says more.
failing-printer-near_end = paper nearly used up
failing-printer-near_end-do = Have a new roll ready.
failing-printer-paper_out = paper out
failing-printer-paper_out-do = Put in a new roll. Customers still get a number on the screen.
failing-printer-cover_open = printer cover open
failing-printer-cover_open-do = Close the cover.
failing-printer-cutter = printer cutter jammed
failing-printer-cutter-do = Take the paper out of the cutter, then switch the printer off and on.
failing-printer-offline = printer offline
failing-printer-offline-do = Press its feed button once; if it stays so, switch it off and on.
failing-printer-unreachable = printer not found
failing-printer-unreachable-do = Check its power and its cable.
failing-printer-silent = printer does not answer
failing-printer-silent-do = Switch the printer off and on.
failing-printer-stuck = printer stuck
failing-printer-stuck-do = Check paper and cover, then switch the printer off and on.
failing-printer-cut_off = connection to the printer lost
failing-printer-cut_off-do = Check the cable. A ticket may be half printed.
failing-printer-unconfirmed = printer does not confirm tickets
failing-printer-unconfirmed-do = See whether tickets come out; if they do, tell IT.
failing-printer-fault = printer broken
failing-printer-fault-do = Switch it off and on; if it stays so, have it repaired.
failing-reader-absent = card reader unplugged
failing-reader-absent-do = Check its cable.
failing-reader-fault = card reader broken
failing-reader-fault-do = Unplug it and plug it in again; if it stays so, have it repaired.
failing-camera-absent = camera unplugged
failing-camera-absent-do = Check its cable.
failing-camera-fault = camera broken
failing-camera-fault-do = Unplug it and plug it in again; if it stays so, have it repaired.
failing-disk-nearly_full = disk nearly full
failing-disk-nearly_full-do = Ask IT to free some space this week.
failing-disk-full = disk full: no numbers can be given
failing-disk-full-do = Ask IT to free space now; send customers to another kiosk.
failing-disk-fault = disk cannot be written
failing-disk-fault-do = Ask IT to look at it now; send customers to another kiosk.
failing-screen-restarted = restarted several times today
failing-screen-restarted-do = Tell IT; its log says why.
failing-delivery-stuck = a ticket does not reach the hub
failing-delivery-stuck-do = Tell IT. The number counts: look for it on paper.
failing-numbers-used_up = leased numbers used up
failing-numbers-used_up-do = It goes on with numbers of its own. Tell IT if it lasts.
failing-link-silent = no contact
failing-link-silent-do = Check its power and network. It goes on giving numbers by itself.

phone = Your number
phone-gone = This ticket is not known here
phone-gone-words = The link works on the day of the ticket. Please ask at the counter, or take a new number.
phone-often = Too many requests. Wait a moment.
phone-waiting = Your place in line
phone-ahead = { $count ->
    [0] You are next
    [one] 1 person before you
   *[other] { $count } people before you
}
phone-wait = Expected wait
phone-late = It may not be your turn before closing time. Please ask the staff.
phone-held = You have more time until { $time }. You keep your place.
phone-missed = You were called and did not come. We call you again after { $time }.
phone-held-passes = We let others go first. You keep your place.
phone-early = Your appointment. We call you from { $time }.
phone-called = It is your turn
phone-go = Go to counter { $counter }
phone-serving = You are being served at counter { $counter }
phone-parked = Your counter has put your ticket aside and will call you again.
phone-served = All done. Thank you for your visit.
phone-left = You have left the line.
phone-no-show = You were called and did not come.
phone-more = I need more time
phone-more-words = You are not called before then, and keep your place.
phone-more-for = How long?
phone-more-left = { $count ->
    [one] once more
   *[other] { $count } times more
}
phone-back = I am back
phone-leave = Leave the line
phone-leave-sure = Leave for good? Your place goes to the next.
phone-leave-yes = Yes, leave
phone-rejoin = Stand in line again
phone-keep-open = Keep this page open: it updates by itself.
phone-refused = That is not possible any more.
