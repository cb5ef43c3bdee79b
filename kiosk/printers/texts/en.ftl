# The paper ticket, English. Read standing, at arm's length: few words.
# Messages and variables are the same in all languages (tested).

your-number = Your number
booked = Your appointment
before-you = Waiting before you
people = { $count }
wait = Estimated wait
minutes = { $count } min
minutes-range = { $low }–{ $high } min
issued = Taken
date =
    { $day } { $month ->
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
    } { $year }
page-title = Your place in line
page-words = Scan with your phone: see how long it takes, ask for more time, or leave the line.
listen = We call your number on the screen and by voice.
