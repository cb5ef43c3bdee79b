# 手表与手环窗口的文字（简体中文）。屏幕只有拇指大小：按钮不超过四个字，标题不超过六个字。
# 各语言的消息与变量一致，由测试保证。

## General

next = 下一步
ok = 知道了
send = 提交
sending = 正在提交…
skip = 都没有
on = 开
off = 关

## Watch face and link

face-date =
    { $month }月{ $day }日 { $weekday ->
        [0] 周一
        [1] 周二
        [2] 周三
        [3] 周四
        [4] 周五
        [5] 周六
       *[6] 周日
    }
face-none = 无人等候
face-tasks = { $count } 项待办
face-longest = 最久 { $minutes } 分钟
face-unbound = 请选择网点
link-connecting = 正在连接
link-offline-minutes = 离线 { $minutes } 分钟
link-offline-seconds = 离线 { $seconds } 秒
link-online = 在线
quiet-on = 勿扰

## First start, branches, languages

start-title = Hello · 你好 안녕하세요
language-title = 语言
binding = 正在绑定…
branch = 网点
branch-here = 当前网点
branch-leave = 退出网点
branch-none = 请联系网点科技人员开通网点权限。
branch-waiting = 正在连接系统，请勿离开网点无线网络。
branch-title = 选择网点

## Alerts

call-taken = 已由{ $name }接待
call-expired = 等候已结束
call-gone = 无需接待
call-nothing-to-do = 您无需处理

## Tasks and visits

booked = 预约
done-score = 匹配度 { $percent }%
done-text = 已完成
end = 结束
finish = 办结
list-done = 已完成
list-empty = 全部完成
list-empty-hint = 有客户到来时会提醒您。
list-title = 客户
pass = 转交
passing = 正在转交…
plan-empty = 暂无推荐
start-talk = 开始面谈
take = 接待
taking = 正在接待…
talking = 面谈中
urgent = 紧急
waiting-minutes = { $minutes } 分钟
waiting-now = 刚到
read-aloud = 朗读
spoken-stop = 。

## Why, and why not

why-title = 推荐理由
why-likely = 办理可能性
why-none = 模型没有单独的理由。
why-gone = 该产品已不在方案中。
why-not-count = 已排除 { $count } 项
why-not-title = 已排除
why-not-more = 另有 { $count } 项

## About the customer

leaf-customer = 客户
leaf-assets = 持有产品
leaf-preferences = 关注点
leaf-blank = 已隐藏
leaf-show = 显示
leaf-empty = 暂无信息
leaf-holder-only = 接待后才能查看。
field =
    { $code ->
        [name] 姓名
        [reference] 客户号
        [segment] 客群
        [age_band] 年龄
        [risk_rating] 风险承受能力
        [holding] 已持有
        [preference] 关注点
       *[other] 信息
    }

## Consent to the recording

consent-no = 不同意
consent-text = “为准确记录您的需求，本次交谈可以录音吗？”
consent-detail =
    { $engine ->
        [hub] 由银行系统转成文字，不保存声音。
       *[device] 由本设备转成文字，不保存声音。
    }
consent-title = 先征求同意
consent-yes = 同意

## The talk

hearing-listening = 正在聆听
hearing-paused = 已暂停
hearing-refused = 未录音
hearing-unavailable = 无麦克风
ear-engine =
    { $name ->
        [vosk] Vosk
        [whisper] Whisper
        [hub] 系统
       *[other] { $name }
    }
ear-trouble =
    { $what ->
        [microphone] 麦克风断开
        [engine] 识别出错
        [hub] 无法连接系统
       *[busy] 系统繁忙
    }
ear-trying = 正在重试，点选仍有效。
pause = 暂停
question =
    { $kind ->
        [interest] 想要{ $name }？
        [refusal] 不要{ $name }？
        [hesitation] 对{ $name }犹豫？
        [price] 嫌{ $name }贵？
        [need] 需要{ $name }？
        [comparison] 在比较{ $name }？
       *[held] 已有{ $name }？
    }
question-skip = 忽略
resume = 继续
talk-hint = 输入客户所说

## Feedback form

failure = 未成交
form-empty = 没有可选项
form-outcome = 结果如何？
form-preferences = 客户关注什么？
form-products = 办理了哪些？
success = 成交
product-taken = 已办理
product-refused = 已拒绝
note-add = 添加备注
note-title = 备注
note-hint = 输入备注
note =
    { $name ->
        [call_back] 需要回电
        [papers] 资料不全
        [offer] 发送方案
       *[thinking] 还要考虑
    }

## Settings

settings-title = 设置
settings-alerts = 提醒
settings-display = 显示
settings-shift = 班次
switch =
    { $name ->
        [vibration] 振动
        [ring] 铃声
        [voice] 语音播报
        [quiet] 勿扰
        [large_text] 大字体
       *[left_handed] 左手操作
    }
strength =
    { $name ->
        [off] 关
        [soft] 轻
        [medium] 中
       *[strong] 强
    }
hand-over = 交班
hand-over-title = 交班
hand-over-none = 没有未完成的来访
hand-over-tasks = { $count } 位客户将退回等候
hand-over-text = 设备将清除您的设置，同事可接着使用。
about-title = 关于
about-version = Usher { $version }
about-licence = Apache 2.0 许可证
about-font-missing = 字体：Kivy 自带

## Lock

pin-set = 设置密码
pin-change = 更改密码
pin-remove = 删除密码
pin-new = 新密码
pin-again = 再输一次
pin-differed = 两次不一致
lock-now = 立即锁定
unlock = 解锁
locked-title = 已锁定
locked-text = 轻点继续。
locked-tries = 还可试 { $count } 次
locked-wait = 请等 { $seconds } 秒

## The device itself

updating-title = 正在更新
updating-text = { $percent }%·请勿远离
battery-low-title = 电量不足
battery-low-text = 请尽快充电。电量用尽前仍会提醒。
storage-low-title = 空间不足
storage-low-text = 数据未丢失，请今天告知网点科技人员。
storage-full-title = 空间已满
storage-full-text = 无法再保存，请交给网点科技人员。
certificate-ending-title = 证书将到期
certificate-ending-text = 证书本周到期，请告知网点科技人员。
certificate-expired-title = 证书已过期
certificate-expired-text = 设备无法接入，请交给网点科技人员。

## What the wrist itself would not do

declined-title = 暂时无法操作
declined =
    { $code ->
        [talk_running] 请先结束当前面谈。
        [storage_full] 空间已满，请交给网点科技人员。
        [not_bound] 请先选择网点。
        [no_talk] 没有进行中的面谈。
        [invalid] 无法这样操作。
       *[other] 现在无法这样操作。
    }

## What the bank's system refused

notice-title = 操作未成功
refused-branch-not-allowed = 您不能选择这个网点。
refused-no-consent = 录音须经客户同意。
refused-not-bound = 请先选择网点。
refused-other = 银行系统拒绝：{ $code }
refused-device-taken = 此设备已借给顾客。
refused-task-closed = 该客户已办结。
refused-task-not-held = 该客户不由您接待。
refused-task-not-offered = 该客户已不可接待。
refused-unknown-business = 没有这项业务。
refused-unknown-customer = 没有这位客户。

## 借给等候的顾客

# 顾客号码上方。
lent-number = 您的号码
# $count (数字): 前面的人数。
lent-ahead =
    { $count ->
        [0] 下一位就是您
       *[other] 前面还有 { $count } 人
    }
lent-wait-now = 马上轮到您
lent-wait-under = { $high } 分钟以内
# $low, $high (数字): 预计还要几分钟。
lent-wait-range = { $low } 至 { $high } 分钟
lent-aside = 您的位置保留，稍后会叫您。
# 窗口名称上方，大字。
lent-go = 请到窗口
lent-here = 您在窗口
# 按钮：已感到呼叫。
lent-feel = 我这就去
lent-noticed = 窗口已知道。
lent-thanks = 谢谢！
lent-give-back = 请把它还给窗口。
lent-lost = 没有连接
lent-ask = 可能感受不到呼叫，请到窗口询问。
lent-battery = 电量低，请告诉员工
# 设备名称上方，给员工看。
lent-ready = 可以出借
lent-ready-how = 请在窗口页面上出借。
