# Texts of the kiosk's screen, in English. Customers stand and are in a hurry: one short sentence, no bank words.
# Every language has the same messages and the same variables; tests hold that.

# On the start page all languages are shown below each other.
welcome = Welcome
# The name of this language, in this language.
language = English
take-number = Take a number

card-title = Do you have a card with us?
card-words = Touch yours, or go on without one.
no-card = Without a card
more = More

business-title = What brings you here?
business-words = Touch one to get your number.

ticket-label = Your number
seat-title = Please take a seat
seat-words = Our advisors know you are here. One will come to you.
seat-offline = Our network is down. Your number is valid; we will call you.
unwanted-title = Please go to the counter
unwanted-words = Show this number there. Our staff will help you.

sorry-none-left = There are no numbers left today
sorry-refused = We can't give a number for this
sorry-broken = This screen has a fault
sorry-words = Please go to the counter. Our staff will help you.

still-title = Are you still there?
still-words = This screen is cleared soon, for your privacy.
still-yes = Yes, go on

back = Back
over = Start over
done = Done
offline = Offline
# $seconds (number): until the start page is shown.
back-in =
    { $seconds ->
        [one] Back to the start in { $seconds } second
       *[other] Back to the start in { $seconds } seconds
    }
