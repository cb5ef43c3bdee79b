# 取号机屏幕文字，简体中文。顾客站着、赶时间：一句短话，不用行话。
# 各语言的消息和变量相同，由测试保证。

welcome = 欢迎光临
language = 中文
take-number = 取号

card-title = 您有本行的卡吗？
card-words = 请点选您的卡，没有卡也可继续。
no-card = 无卡办理
more = 更多

business-title = 您要办理什么业务？
business-words = 点选业务即可取号。

ticket-label = 您的号码
seat-title = 请就座稍候
seat-words = 已通知客户经理，稍后前来接待您。
seat-offline = 网络暂时中断，您的号码有效，我们会叫号。
unwanted-title = 请到柜台
unwanted-words = 请出示此号码，工作人员会帮助您。

sorry-none-left = 今天的号码已取完
sorry-refused = 此业务暂时无法取号
sorry-broken = 本机出现故障
sorry-words = 请到柜台，工作人员会帮助您。

still-title = 您还在吗？
still-words = 为保护隐私，屏幕即将清空。
still-yes = 在，继续

back = 返回
over = 重新开始
done = 完成
offline = 离线
back-in = { $seconds } 秒后返回首页
