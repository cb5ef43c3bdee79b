"""Chinese words of praise and blame, negations and the names of aspects: written for this, from no list. Pure."""

from __future__ import annotations

import re

PRAISE = frozenset(
    """
    好 优秀 出色 不错 满意 舒适 舒服 清晰 漂亮 好看 美观 精致 精美 细腻 鲜艳 流畅 灵敏 方便 便捷
    实用 耐用 耐看 强大 强劲 充足 宽敞 宽大 结实 坚固 扎实 稳定 稳重 可靠 安全 安静 静音 省油 省电
    实惠 便宜 合理 划算 超值 值得 物有所值 物美价廉 性价比高 喜欢 喜爱 爱不释手 惊艳 惊喜 惊人 完美
    绝佳 极佳 上佳 良好 优良 优异 优越 一流 顶级 卓越 高档 高端 大气 时尚 时髦 新颖 独特 简洁 简约
    简单 容易 轻松 轻巧 轻便 小巧 便携 纤薄 圆润 动感 丰富 齐全 全面 完善 周到 体贴 贴心 热情
    人性化 先进 领先 专业 准确 精准 精确 迅速 快速 敏捷 敏锐 自然 真实 逼真 生动 锐利 通透 明亮
    悦耳 动听 洪亮 柔和 顺滑 顺手 顺畅 给力 霸气 过硬 到位 出众 突出 优雅 典雅 帅 酷 爽 赞 棒 牛
    强 靓 炫 美 佳 优 称心 放心 省心 安心 推荐 赞叹 称赞 无可挑剔 名不虚传 一丝不苟 绝无仅有
    无与伦比 非同一般 不俗 不凡 不菲 持久 充沛 饱满 浑厚 厚道 得体 适中 合适 合身 恰到好处 干净 整洁
    卫生 新鲜 好吃 好喝 美味 鲜美 地道 正宗 入味 香 嫩 酥脆 爽口 可口 温馨 幽静 优美 惬意 亲切
    热心 友好 细心 耐心 快捷 大方 优点 亮点 优势 满足 享受 经典 豪华 耳目一新 赏心悦目 事半功倍 省事
    好用 管用 耐磨 防滑 清爽 利落 灵活 丝滑
    """.split()  # noqa: SIM905 - a page of words reads better than a list of strings
)
"""Words that praise whatever they are said of."""

BLAME = frozenset(
    """
    差 烂 糟糕 糟 坏 劣质 低劣 粗糙 糙 简陋 难看 丑 丑陋 难用 难受 不适 别扭 失望 遗憾 可惜 后悔
    讨厌 恶心 反感 恐怖 痛苦 头疼 头痛 心痛 麻烦 费劲 费力 费电 耗电 费油 油耗高 昂贵 太贵 偏贵 贵
    坑 坑爹 鸡肋 败笔 缺点 缺陷 缺憾 不足 不便 不当 不佳 不稳 欠佳 欠缺 瑕疵 毛病 问题 故障 死机
    卡顿 卡 迟钝 迟缓 缓慢 延迟 滞后 慢 落后 老土 土气 过时 陈旧 单调 单薄 单一 呆板 死板 沉闷
    笨重 沉重 臃肿 肥大 松动 松垮 松散 晃动 异响 噪音大 噪声 刺耳 吵 嘈杂 模糊 朦胧 失真 偏色 发白
    发黄 暗淡 昏暗 太暗 刺眼 生硬 僵硬 涩 滑手 打滑 易碎 脆弱 掉漆 刮花 划痕 漏 漏油 漏光 缝隙
    断裂 开裂 生锈 发热 发烫 烫手 过热 太小 太大 太短 太薄 太少 太低 太高 太重 太厚 太软 太硬 偏小
    偏大 偏软 偏硬 偏短 狭小 狭窄 拥挤 局促 小气 混乱 杂乱 繁琐 复杂 怪异 奇怪 古怪 搞笑 可笑 丢人
    无语 郁闷 惨不忍睹 惨 弱 微弱 薄弱 虚 飘 肉 欺骗 虚假 忽悠 骗 傻 笨 蠢 垃圾 废物 无用 没用
    浪费 脏 油腻 难吃 难喝 咸 腥 硬 冷淡 冷漠 态度差 爱理不理 不耐烦 敷衍 慢吞吞 平平 平庸 普通
    一般般 勉强 凑合 将就 吃力 乏力 无力 无奈 不满 抱怨 批评 诟病 致命 严重 劣势 硬伤 软肋 短板
    尴尬 担心 担忧 怀疑 嫌 恼火 气人 易坏 易脏 跑焦 拖影 噪点 紫边 畸变 眩光 死点 亮点坏 不尽如人意
    差强人意 不伦不类 不敢恭维 不及时
    """.split()  # noqa: SIM905 - a page of words reads better than a list of strings
)
"""Words that blame whatever they are said of."""

NEGATION = re.compile(
    r"不(?!错|俗|凡|菲|但|过|仅|论|管|同|少|断|愧|止|如|禁|得不)|没有|没|无(?!论|线|可挑剔|与伦比|比)|并非|缺乏|缺少|毫无|未(?!来)"
    r"|谈不上|称不上|算不上|难以|勿|别(?!的|致|克|人)"
)
"""What turns the words after it round; words that only begin like it are left out."""

BREAK = re.compile(
    r"[,，。.;；!！?？、:：…~\s]+|但是|但|可是|不过|而且|然而|虽然|尽管|只是|就是(?=.*(?:有点|太|差))|另外|还有|其次|却"
)
"""Where a clause ends."""

NAMES = {
    "location_traffic": "交通 地铁 公交 打车 开车 车站 站",
    "location_distance_from_business_district": "商圈 市中心 商业 步行街 广场 位置 地段 地处 旁边 附近",
    "location_easy_to_find": "好找 难找 找 位置 地理 导航 显眼 隐蔽 门口",
    "service_wait_time": "排队 等位 等 排 人多 爆满 预约 预订 候",
    "service_waiters_attitude": "服务 态度 服务员 老板 店员 店家 热情 小哥 阿姨",
    "service_parking_convenience": "停车 车位 泊车",
    "service_serving_speed": "上菜 上得 出菜 速度 上的 催",
    "price_level": "价格 价位 价钱 人均 贵 便宜 实惠 元 块 消费",
    "price_cost_effective": "性价比 划算 值 超值 实惠 物美价廉",
    "price_discount": "团购 优惠 折 券 活动 免费 送 会员 代金",
    "environment_decoration": "装修 环境 装饰 风格 氛围 布置 格调 情调",
    "environment_noise": "吵 安静 嘈杂 噪 清净 音乐 热闹 环境",
    "environment_space": "空间 宽敞 拥挤 大厅 店面 地方 座位 包间 小店 环境 位子",
    "environment_cleaness": "干净 卫生 整洁 脏 清洁 环境",
    "dish_portion": "分量 份量 量 大份 吃饱 小份 吃不完 足",
    "dish_taste": "味道 口味 好吃 难吃 口感 味 鲜 香 辣 咸 甜 嫩 腻 入味",
    "dish_look": "卖相 摆盘 颜值 好看 精致 拍照 色泽 外观 造型",
    "dish_recommendation": "推荐 招牌 必点 特色 还会 下次 再来 点了",
}
"""What the clauses about an aspect of ASAP speak of."""
