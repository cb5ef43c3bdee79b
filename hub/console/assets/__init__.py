"""What pages load besides: one style sheet, one small script a page, written for browsers of old televisions too."""
