# 取号机屏幕文字，简体中文。顾客站着、赶时间：一句短话，不用行话。
# 各语言的消息和变量相同，由测试保证。

welcome = 欢迎光临
language = 中文
take-number = 取号
language-first = 请选择语言

card-title = 您有本行的卡吗？
card-words = 请点选您的卡，没有卡也可继续。
who-title = 您是本行客户，或有预约吗？
who-words = 告诉我们，我们提前为您准备。
no-card = 直接取号
hold-card = 请将银行卡放在读卡器上
hold-code = 请将预约二维码对准扫描口
hold-both = 请将银行卡或预约二维码对准读卡器
reader-dead = 读卡器暂时无法使用，请选择其他方式。
way-phone = 手机号码
way-phone-detail = 预约时使用的号码
way-id-number = 身份证号
way-id-number-detail = 在此输入，不会完整显示
phone-title = 您的手机号码
phone-words = 请输入预约时使用的号码。
id-title = 您的身份证号
id-words = 只显示最后一位。
enter = 下一步
insist = 正确
erase = 删除
space = 空格
looking = 请稍候…
fault-length = 号码位数不对，请核对。
fault-date = 号码中的日期有误，请核对。
fault-check = 号码有一位不对，请核对。
fault-doubt = 好像有一位数字不对。号码正确吗？
fault-unknown = 没有找到今天的预约。
fault-away = 现在无法查询，请直接取号。
fault-not-today = 今天本网点没有这个预约，请核对日期和网点。
fault-other-day = 这个预约不是今天的。您仍可以取号。
fault-checked-in = 您已经签到了，请就座等候。
fault-cancelled = 这个预约已取消。您仍可以取号。
bookings-title = 我们正等您
bookings-words = 点一下即可签到。
booking-with = 您 { $time } 与 { $who } 的预约
booking-at = 您 { $time } 的预约
something-else = 办理其他业务

more = 更多
business-title = 您要办理什么业务？
business-words = 点选业务即可取号。
business-words-confirmed = 请点选最接近的一项。
further-title = 还要办理什么？
search = 搜索
search-title = 您想办什么？
search-words = 输入拼音首字母即可，如 DK 是贷款。
search-none = 没有找到，请换几个字母。
say-it = 语音
listening = 正在听，请说…
listening-words = 请说您要办什么。不录音，不保存。
# 还没有听到时显示。
listening-example = 例如：“我的卡丢了”
listening-enough = 说完了
search-unheard = 没有听清。请输入几个字母，或再说一次。
search-deaf = 麦克风无法使用，请输入几个字母。

confirm-title = 请确认
confirm-words = 确认后即可取号。
confirm-known = 您的证件尾号 { $masked }。
confirm-take = 取号
confirm-add = 再加一项
wait-label = 预计等候
wait-range = { $low } 至 { $high } 分钟
wait-about = 约 { $high } 分钟
wait-short = 不到 { $high } 分钟
wait-closing = { $minutes }分钟后停止营业，今天可能来不及。

ticket-label = 您的号码
seat-title = 请就座稍候
seat-words = 已通知客户经理，稍后前来接待您。
seat-offline = 网络暂时中断，您的号码有效，我们会叫号。
unwanted-title = 请到柜台
unwanted-words = 请出示此号码，工作人员会帮助您。
checked-in-title = 签到成功
checked-in-words = 请就座，您的客户经理已知道您到了。
# $time: of the booking.
checked-in-early = 您来早了。我们会在 { $time } 叫您，有人空闲时会更早。
checked-in-late = 您的预约时间是 { $time }。我们会尽快叫您。
paper-under-way = 正在打印号票
paper-printed = 请在下方取走号票
paper-not-printed = 未能打印，请记住号码
paper-perhaps = 可能已打印，请记住号码
follow = 扫码查看排队
picks-idle = 可以了解
picks-title = 等候时可以了解

sorry-none-left = 今天的号码已取完
sorry-refused = 此业务暂时无法取号
sorry-broken = 本机出现故障
sorry-closed = 刚刚停止营业
sorry-words = 请到柜台，工作人员会帮助您。
out-title = 暂停使用
out-words = 请到柜台取号
closed-title = 今日已停止营业
closed-words = 感谢您的光临
opens-at = { $time } 开始营业

still-title = 您还在吗？
still-words = 为保护隐私，屏幕即将清空。
still-yes = 在，继续

back = 返回
over = 重新开始
done = 完成
offline = 离线
closing-in = { $minutes }分钟后停止营业
printer-paper-out = 无纸，号码只显示在屏幕上
printer-dead = 无法打印，号码只显示在屏幕上
mode-contrast = 高对比
mode-large = 大字
mode-reach = 下移
mode-spoken = 朗读
back-in = { $seconds } 秒后返回首页

spoken-hint = 按向下键听下一项，按确认键选择。
spoken-say-it = 语音：请说您要办什么。不录音，不保存。
spoken-place = 第 { $at } 项，共 { $count } 项
spoken-on = 已开启
spoken-off = 已关闭
spoken-volume = 音量 { $volume }
spoken-typed = 已输入 { $count } 位
spoken-nothing = 尚未输入
