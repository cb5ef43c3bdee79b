# 纸质号票，简体中文。顾客站着看：字要少。
# 各语言的消息和变量相同，由测试保证。

your-number = 您的号码
booked = 预约时间
before-you = 前面等候
people = { $count } 人
wait = 预计等候
minutes = { $count } 分钟
minutes-range = { $low }–{ $high } 分钟
issued = 取号时间
date = { $year }年{ $month }月{ $day }日
page-title = 手机查看排队进度
page-words = 扫一扫，查看预计时间，需要更多时间或不再等候也可在此告知。
listen = 请留意屏幕和广播叫号。
