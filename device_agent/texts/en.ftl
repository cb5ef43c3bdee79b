# Texts of the watch and band window, in English. The screen is as small as a thumb: keep buttons to one or two
# words, titles to three. Every language has the same messages and the same variables; tests hold that.

## General

next = Next
ok = OK
send = Send
sending = Sending...
# Button: nothing was chosen, go on.
skip = None
on = On
off = Off

## Watch face and link

# $weekday (number): 0 is Monday. $day (number), $month (number): 1 is January.
face-date =
    { $weekday ->
        [0] Mon
        [1] Tue
        [2] Wed
        [3] Thu
        [4] Fri
        [5] Sat
       *[6] Sun
    } { $day } { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    }
face-none = No one waiting
# $count (number): visits that are not finished: customers who wait, and those whom the advisor has.
face-tasks =
    { $count ->
        [one] { $count } open
       *[other] { $count } open
    }
# $minutes (number): how long the one who waits longest has waited.
face-longest = waiting { $minutes } min
# The advisor hasn't chosen a branch yet.
face-unbound = Choose a branch
link-connecting = Connecting
# $minutes (number): since the link was lost. The place is narrow: use a unit's short form.
link-offline-minutes = Offline { $minutes } min
# $seconds (number): 0 to 119.
link-offline-seconds = Offline { $seconds } s
link-online = Online
quiet-on = Do not disturb

## First start, branches, languages

# The first thing anyone reads here, in all languages at once.
start-title = Hello · 你好 안녕하세요
language-title = Language
binding = Binding...
branch = Branch
branch-here = You are here
branch-leave = Leave branch
branch-none = Ask branch IT to open a branch for you.
branch-waiting = Waiting for the hub. Stay near the branch Wi-Fi.
branch-title = Your branch

## Alerts

# $name (text): the colleague who took the customer.
call-taken = Taken by { $name }
call-expired = No longer waiting
call-gone = No longer for you
call-nothing-to-do = Nothing to do for you

## Tasks and visits

booked = Booked
# $percent (number): how well the suggestions matched what the customer chose, 0 to 100.
done-score = match { $percent }%
done-text = done
# Button: end the talk.
end = End
# Button: end a visit without a talk.
finish = Close
list-done = Done
list-empty = All done
list-empty-hint = Your wrist tells you when someone comes.
list-title = Customers
# Button: hand the visit on to a colleague.
pass = Pass
passing = Passing...
plan-empty = Nothing to suggest
# Button.
start-talk = Start talk
# Button: take the visit on.
take = Take
taking = Taking...
talking = In talk
urgent = Urgent
# $minutes (number): how long the customer has waited.
waiting-minutes = { $minutes } min
waiting-now = just now
read-aloud = Read aloud
# Between the sentences of a task that is read aloud.
spoken-stop = .{" "}

## Why, and why not

why-title = Why
why-likely = Likelihood
why-none = The model gives no single reason.
why-gone = This product is no longer in the plan.
# $count (number): products that the bank's rules took out.
why-not-count =
    { $count ->
        [one] { $count } ruled out
       *[other] { $count } ruled out
    }
why-not-title = Ruled out
# $count (number): further products.
why-not-more = and { $count } more

## About the customer

leaf-customer = Customer
leaf-assets = Holdings
leaf-preferences = Interests
leaf-blank = Hidden from others
leaf-show = Show
leaf-empty = Nothing known
leaf-holder-only = Only the advisor who took this visit can see it.
# $code (text): which field of the customer this is.
field =
    { $code ->
        [name] Name
        [reference] Customer no.
        [segment] Segment
        [age_band] Age
        [risk_rating] Risk rating
        [holding] Holds
        [preference] Interest
       *[other] Detail
    }

## Consent to the recording

# The customer's answer.
consent-no = No
consent-text = May I record our talk, to note what matters to you?
# $engine (text): hub when the bank's system listens, anything else when this device does.
consent-detail =
    { $engine ->
        [hub] The bank's hub turns it into words. No sound is kept.
       *[device] This device turns it into words. No sound is kept.
    }
consent-title = Ask first
# The customer's answer.
consent-yes = Yes

## The talk

hearing-listening = Listening
hearing-paused = Paused
hearing-refused = Not recorded
hearing-unavailable = No microphone
# $name (text): what recognises speech; stands between "Listening" and the time, so keep it to one word.
ear-engine =
    { $name ->
        [vosk] Vosk
        [whisper] Whisper
        [hub] Hub
       *[other] { $name }
    }
# $what (text): why nothing is heard just now. Stands in place of "Listening".
ear-trouble =
    { $what ->
        [microphone] Microphone lost
        [engine] Recogniser failed
        [hub] Hub out of reach
       *[busy] Hub busy
    }
# The device goes on trying by itself; tapping what the customer likes works meanwhile.
ear-trying = Trying again. Taps still count.
pause = Pause
# $kind (text): what was heard, not surely. $name (text): a product, several products, or a need such as a home.
question =
    { $kind ->
        [interest] { $name }: wanted?
        [refusal] { $name }: not wanted?
        [hesitation] { $name }: in doubt?
        [price] { $name }: too dear?
        [need] { $name }: needed?
        [comparison] { $name }: compared?
       *[held] { $name }: owned already?
    }
# Button: put the question away.
question-skip = Skip
resume = Go on
# Inside an empty field.
talk-hint = Type what was said

## Feedback form

# The talk ended without a deal.
failure = No deal
form-empty = Nothing to choose
form-outcome = How did it end?
form-preferences = What was heard?
form-products = What was taken?
# The talk ended with a deal.
success = Deal
product-taken = taken
product-refused = refused
note-add = Add a note
note-title = Note
note-hint = Type a note
# $name (text): which of the ready notes.
note =
    { $name ->
        [call_back] Call back
        [papers] Papers missing
        [offer] Send an offer
       *[thinking] Thinks it over
    }

## Settings

settings-title = Settings
settings-alerts = Alerts
settings-display = Display
settings-shift = Shift
# $name (text): which setting.
switch =
    { $name ->
        [vibration] Vibration
        [ring] Ring
        [voice] Spoken alert
        [quiet] Do not disturb
        [large_text] Larger text
       *[left_handed] Left-handed
    }
# $name (text): how hard the motor works.
strength =
    { $name ->
        [off] Off
        [soft] Soft
        [medium] Medium
       *[strong] Strong
    }
hand-over = Hand over
hand-over-title = End of shift
hand-over-none = No open visits
# $count (number): visits that this advisor holds or was offered.
hand-over-tasks =
    { $count ->
        [one] { $count } visit goes back
       *[other] { $count } visits go back
    }
hand-over-text = Your settings are cleared; a colleague can start.
about-title = About
# $version (text): the version of this program.
about-version = Usher { $version }
about-licence = Apache 2.0 licence
about-font-missing = Font: the one that comes with Kivy

## Lock

pin-set = Set a code
pin-change = Change code
pin-remove = Remove code
pin-new = New code
pin-again = Again, please
pin-differed = Not the same
lock-now = Lock now
unlock = Unlock
locked-title = Locked
locked-text = Tap to go on.
# $count (number): tries that are left.
locked-tries =
    { $count ->
        [one] { $count } try left
       *[other] { $count } tries left
    }
# $seconds (number): until the next try.
locked-wait = Wait { $seconds } s

## The device itself

updating-title = Updating
# $percent (number): 0 to 100.
updating-text = { $percent }%·keep it near
battery-low-title = Battery low
battery-low-text = Charge the wrist soon. Alerts go on till it is empty.
storage-low-title = Storage low
storage-low-text = Tell branch IT today. Nothing is lost yet.
storage-full-title = Storage full
storage-full-text = Nothing new can be kept. Take this to branch IT.
certificate-ending-title = Certificate ends soon
certificate-ending-text = The certificate ends this week. Tell branch IT.
certificate-expired-title = Certificate expired
certificate-expired-text = The certificate has ended. Take this to branch IT.

## What the wrist itself would not do

declined-title = Not now
# $code (text): why the wrist itself would not do it.
declined =
    { $code ->
        [talk_running] End the running talk first.
        [storage_full] The storage is full. Take this to branch IT.
        [not_bound] Choose a branch first.
        [no_talk] No talk is running.
        [invalid] That is not possible.
       *[other] That is not possible just now.
    }

## What the bank's system refused

notice-title = Not accepted
refused-branch-not-allowed = This branch is not open to you.
refused-no-consent = Recording needs the customer's consent.
refused-not-bound = Choose a branch first.
# $code (text): the code of a refusal that has no text of its own here, such as unknown_device.
refused-other = The bank's system said no: { $code }
refused-device-taken = This device is lent to a customer.
refused-task-closed = This visit is closed already.
refused-task-not-held = You don't hold this visit.
refused-task-not-offered = This visit is no longer yours to take.
refused-unknown-business = This business is unknown.
refused-unknown-customer = This customer is unknown.

## Lent to a waiting customer

# Above the customer's number.
lent-number = Your number
# $count (number): customers before this one.
lent-ahead =
    { $count ->
        [0] You are next
       *[other] { $count } before you
    }
lent-wait-now = any moment now
lent-wait-under = up to { $high } min
# $low, $high (numbers): minutes until the call, probably.
lent-wait-range = { $low }–{ $high } min
lent-aside = You keep your place. We call you later.
# Above the counter's name, large.
lent-go = Please go to counter
lent-here = You are at counter
# Button: the call was felt.
lent-feel = I'm coming
lent-noticed = The counter knows.
lent-thanks = Thank you!
lent-give-back = Please give this back at the counter.
lent-lost = No connection
lent-ask = You may not feel your call. Please ask at the counter.
lent-battery = Battery low: tell the staff
# Above the device's name, for the staff.
lent-ready = Ready to lend
lent-ready-how = Lend it on a counter's page.
