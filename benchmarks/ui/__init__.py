"""``usher bench ui``: what the wrist's window costs, beside a bare Kivy label in the same run.

Two windows off screen in processes of their own, on one broker: the real watch (the same composition root as
``usher watch``, its store on disk) and a bare label that aiomqtt sets the text of. One sender alerts them in turns, so
that the machine's noise hits both. Times are those of the machine's monotonic clock.
"""
