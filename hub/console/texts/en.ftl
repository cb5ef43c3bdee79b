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
alert-long-wait = { $subject } has waited { $amount } min
alert-many-wait = { $subject }: { $amount } are waiting
alert-nobody-serves = { $subject }: no open counter, { $amount } waiting
alert-long-service = Counter { $subject } has been busy with one customer for { $amount } min
alert-after-closing = { $amount ->
    [one] 1 customer may
   *[other] { $amount } customers may
} still be waiting at closing time

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
