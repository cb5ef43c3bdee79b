# Texts of the kiosk's screen, in English. Customers stand and are in a hurry: one short sentence, no bank words.
# Every language has the same messages and the same variables; tests hold that.

# On the start page all languages are shown below each other.
welcome = Welcome
# The name of this language, in this language.
language = English
take-number = Take a number
# In place of the welcome, once a card or a code was held to the reader.
language-first = Choose your language

# Identify
card-title = Do you have a card with us?
card-words = Touch yours, or go on without one.
who-title = Are you a customer, or do you have a booking?
who-words = Then we know what to prepare.
no-card = Go on without
hold-card = Hold your card to the reader
hold-code = Hold the code of your booking to the reader
hold-both = Hold your card, or the code of your booking, to the reader
reader-dead = The card reader isn't working. Please choose another way.
way-phone = Phone number
way-phone-detail = of your booking
way-id-number = ID number
way-id-number-detail = typed here, never shown whole
phone-title = Your phone number
phone-words = The one that you booked with.
id-title = Your ID number
id-words = Only the last digit is shown.
enter = Next
insist = It is right
erase = Erase
space = Space
looking = One moment…
fault-length = That number has too few or too many digits.
fault-date = The date in this number can't be right. Please compare it.
fault-check = One digit is wrong. Please compare them.
fault-doubt = One digit seems wrong. Is the number right?
fault-unknown = We find no booking for today.
fault-away = We can't look that up just now. Please go on without.
fault-not-today = We don't expect this booking here today. Please compare day and branch.
fault-other-day = This booking is for another day. You may still take a number.
fault-checked-in = You are checked in already. Please take a seat.
fault-cancelled = This booking was cancelled. You may still take a number.
bookings-title = We are expecting you
bookings-words = One touch, and you are checked in.
# $time: such as 14:30. $who: the advisor's name.
booking-with = Your { $time } with { $who }
booking-at = Your booking at { $time }
something-else = Something else

# Choose
more = More
business-title = What brings you here?
business-words = Touch one to get your number.
business-words-confirmed = Touch what fits best.
further-title = What else?
search = Search
search-title = What are you looking for?
search-words = A few letters are enough.
search-none = Nothing fits. Try other letters.
say-it = Say it
listening = I am listening…
listening-words = Say what you came for. Nothing of it is recorded or kept.
# Before anything was said.
listening-example = For example: "I lost my card"
listening-enough = That's all
search-unheard = I did not understand that. Please type a few letters, or say it again.
search-deaf = The microphone is not working. Please type a few letters.

# Confirm
confirm-title = Is this right?
confirm-words = Then take your number.
# $masked: the end of the customer's number.
confirm-known = We know you by { $masked }.
confirm-take = Take my number
confirm-add = Add another
wait-label = Expected wait
# $low, $high (numbers): minutes.
wait-range = { $low } to { $high } minutes
wait-about = about { $high } minutes
wait-short =
    { $high ->
        [one] less than { $high } minute
       *[other] less than { $high } minutes
    }
wait-closing =
    { $minutes ->
        [one] We close in { $minutes } minute. It may be too late today.
       *[other] We close in { $minutes } minutes. It may be too late today.
    }

# Ticket
ticket-label = Your number
seat-title = Please take a seat
seat-words = Our advisors know you are here. One will come to you.
seat-offline = Our network is down. Your number is valid; we will call you.
unwanted-title = Please go to the counter
unwanted-words = Show this number there. Our staff will help you.
checked-in-title = You are checked in
checked-in-words = Please take a seat. Your advisor knows you are here.
# $time: of the booking.
checked-in-early = You are early. We call you for { $time }, or before that if somebody is free.
checked-in-late = Your booking was at { $time }. We call you as soon as we can.
paper-under-way = Your ticket is being printed
paper-printed = Please take your ticket below
paper-not-printed = Not printed: remember your number
paper-perhaps = Perhaps printed: remember your number
follow = Follow on your phone
picks-idle = Ask us about
picks-title = While you wait: ask us about

# No number
sorry-none-left = There are no numbers left today
sorry-refused = We can't give a number for this
sorry-broken = This screen has a fault
sorry-closed = We have just closed
sorry-words = Please go to the counter. Our staff will help you.
out-title = Out of order
out-words = Please take a number at the counter
closed-title = We are closed
closed-words = Thank you for coming
# $time: such as 09:00.
opens-at = We open at { $time }

still-title = Are you still there?
still-words = This screen is cleared soon, for your privacy.
still-yes = Yes, go on

# Everywhere
back = Back
over = Start over
done = Done
offline = Offline
closing-in =
    { $minutes ->
        [one] We close in { $minutes } minute
       *[other] We close in { $minutes } minutes
    }
printer-paper-out = No paper: your number is on the screen
printer-dead = No printer: your number is on the screen
mode-contrast = Contrast
mode-large = Larger
mode-reach = Lower
mode-spoken = Listen
# $seconds (number): until the start page is shown.
back-in =
    { $seconds ->
        [one] Back to the start in { $seconds } second
       *[other] Back to the start in { $seconds } seconds
    }

# Said only
spoken-hint = Press down for the next choice, and OK to choose it.
spoken-say-it = Say it: what you came for. Nothing of it is recorded or kept.
spoken-place = { $at } of { $count }
spoken-on = on
spoken-off = off
spoken-volume = Volume { $volume }
spoken-typed =
    { $count ->
        [one] { $count } digit
       *[other] { $count } digits
    }
spoken-nothing = nothing typed
