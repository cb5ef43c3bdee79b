# 시계와 밴드 창의 문구(한국어). 화면이 엄지만 하므로 단추는 한두 낱말, 제목은 세 낱말까지로 한다.
# 모든 언어는 메시지와 변수가 같으며, 테스트가 확인한다.

## General

next = 다음
ok = 확인
send = 보내기
sending = 보내는 중...
skip = 없음
on = 켬
off = 끔

## Watch face and link

face-date =
    { $month }월 { $day }일 { $weekday ->
        [0] (월)
        [1] (화)
        [2] (수)
        [3] (목)
        [4] (금)
        [5] (토)
       *[6] (일)
    }
face-none = 대기 없음
face-tasks = 할 일 { $count }건
face-longest = 최장 { $minutes }분
face-unbound = 지점 선택
link-connecting = 연결 중
link-offline-minutes = 오프라인 { $minutes }분
link-offline-seconds = 오프라인 { $seconds }초
link-online = 온라인
quiet-on = 방해 금지

## First start, branches, languages

start-title = Hello · 你好 안녕하세요
language-title = 언어
binding = 연결 중...
branch = 지점
branch-here = 현재 지점
branch-leave = 지점 나가기
branch-none = 지점 IT 담당자에게 지점 등록을 요청하세요.
branch-waiting = 서버 연결 중입니다. 지점 와이파이 범위 안에 계세요.
branch-title = 지점 선택

## Alerts

call-taken = { $name } 님이 응대 중
call-expired = 대기 종료
call-gone = 응대 불필요
call-nothing-to-do = 따로 하실 일은 없습니다

## Tasks and visits

booked = 예약
done-score = 일치도 { $percent }%
done-text = 완료
end = 종료
finish = 마치기
list-done = 완료
list-empty = 모두 완료
list-empty-hint = 고객이 오면 손목으로 알려 드립니다.
list-title = 고객
pass = 넘기기
passing = 넘기는 중...
plan-empty = 추천 없음
start-talk = 상담 시작
take = 응대하기
taking = 응대 요청 중...
talking = 상담 중
urgent = 긴급
waiting-minutes = { $minutes }분
waiting-now = 방금
read-aloud = 읽어 주기
spoken-stop = .{" "}

## Why, and why not

why-title = 추천 이유
why-likely = 가능성
why-none = 뚜렷한 한 가지 이유는 없습니다.
why-gone = 이 상품은 이제 추천에 없습니다.
why-not-count = 제외 { $count }건
why-not-title = 제외된 상품
why-not-more = 그 외 { $count }건

## About the customer

leaf-customer = 고객 정보
leaf-assets = 보유 상품
leaf-preferences = 관심사
leaf-blank = 가려 두었습니다
leaf-show = 보기
leaf-empty = 정보 없음
leaf-holder-only = 응대를 맡은 직원만 볼 수 있습니다.
field =
    { $code ->
        [name] 이름
        [reference] 고객번호
        [segment] 고객군
        [age_band] 연령대
        [risk_rating] 투자성향
        [holding] 보유
        [preference] 관심
       *[other] 정보
    }

## Consent to the recording

consent-no = 미동의
consent-text = 중요한 점을 적기 위해 상담을 녹음해도 될까요?
consent-detail =
    { $engine ->
        [hub] 은행 서버가 글로 옮기며, 소리는 저장하지 않습니다.
       *[device] 이 기기가 글로 옮기며, 소리는 저장하지 않습니다.
    }
consent-title = 먼저 동의 받기
consent-yes = 동의

## The talk

hearing-listening = 듣는 중
hearing-paused = 일시정지
hearing-refused = 녹음 안 함
hearing-unavailable = 마이크 없음
ear-engine =
    { $name ->
        [vosk] Vosk
        [whisper] Whisper
        [hub] 서버
       *[other] { $name }
    }
ear-trouble =
    { $what ->
        [microphone] 마이크 끊김
        [engine] 음성 인식 오류
        [hub] 서버 연결 끊김
       *[busy] 서버 혼잡
    }
ear-trying = 다시 시도 중, 누르면 반영됩니다.
pause = 멈춤
question =
    { $kind ->
        [interest] { $name }: 관심 있나요?
        [refusal] { $name }: 거절인가요?
        [hesitation] { $name }: 망설이나요?
        [price] { $name }: 비싸다고 하나요?
        [need] { $name }: 필요한가요?
        [comparison] { $name }: 비교 중인가요?
       *[held] { $name }: 이미 있나요?
    }
question-skip = 넘김
resume = 계속
talk-hint = 고객의 말을 입력하세요

## Feedback form

failure = 미체결
form-empty = 선택할 항목 없음
form-outcome = 상담 결과는?
form-preferences = 고객의 관심사는?
form-products = 가입한 상품은?
success = 체결
product-taken = 가입
product-refused = 거절
note-add = 메모 추가
note-title = 메모
note-hint = 메모 입력
note =
    { $name ->
        [call_back] 재연락
        [papers] 서류 미비
        [offer] 제안서 발송
       *[thinking] 고민 중
    }

## Settings

settings-title = 설정
settings-alerts = 알림
settings-display = 화면
settings-shift = 근무
switch =
    { $name ->
        [vibration] 진동
        [ring] 벨소리
        [voice] 음성 알림
        [quiet] 방해 금지
        [large_text] 큰 글씨
       *[left_handed] 왼손 조작
    }
strength =
    { $name ->
        [off] 끔
        [soft] 약하게
        [medium] 보통
       *[strong] 세게
    }
hand-over = 인계
hand-over-title = 근무 종료
hand-over-none = 남은 방문 없음
hand-over-tasks = 고객 { $count }명이 대기로 돌아갑니다
hand-over-text = 설정이 지워지고 동료가 이어서 쓸 수 있습니다.
about-title = 정보
about-version = Usher { $version }
about-licence = Apache 2.0 라이선스
about-font-missing = 글꼴: Kivy 기본

## Lock

pin-set = 암호 설정
pin-change = 암호 변경
pin-remove = 암호 삭제
pin-new = 새 암호
pin-again = 한 번 더
pin-differed = 암호 불일치
lock-now = 지금 잠그기
unlock = 잠금 해제
locked-title = 잠김
locked-text = 눌러서 계속하세요.
locked-tries = { $count }번 남음
locked-wait = { $seconds }초 기다리세요

## The device itself

updating-title = 업데이트 중
updating-text = { $percent }%·가까이 두세요
battery-low-title = 배터리 부족
battery-low-text = 곧 충전하세요. 꺼지기 전까지는 알려 드립니다.
storage-low-title = 저장 공간 부족
storage-low-text = 데이터 손실은 없습니다. 오늘 지점 IT 담당자에게 알려 주세요.
storage-full-title = 저장 공간 없음
storage-full-text = 더 저장할 수 없습니다. 지점 IT 담당자에게 맡기세요.
certificate-ending-title = 인증서 만료 임박
certificate-ending-text = 인증서가 이번 주에 끝납니다. 지점 IT 담당자에게 알리세요.
certificate-expired-title = 인증서 만료
certificate-expired-text = 접속할 수 없습니다. 지점 IT 담당자에게 맡기세요.

## What the wrist itself would not do

declined-title = 지금은 안 됩니다
declined =
    { $code ->
        [talk_running] 진행 중인 상담을 먼저 끝내세요.
        [storage_full] 저장 공간이 없습니다. 지점 IT 담당자에게 맡기세요.
        [not_bound] 먼저 지점을 선택하세요.
        [no_talk] 진행 중인 상담이 없습니다.
        [invalid] 할 수 없는 동작입니다.
       *[other] 지금은 할 수 없습니다.
    }

## What the bank's system refused

notice-title = 처리되지 않음
refused-branch-not-allowed = 선택할 수 없는 지점입니다.
refused-no-consent = 녹음에는 고객 동의가 필요합니다.
refused-not-bound = 먼저 지점을 선택하세요.
refused-other = 은행 시스템이 거절했습니다: { $code }
refused-device-taken = 고객에게 빌려준 기기입니다.
refused-task-closed = 이미 끝난 상담입니다.
refused-task-not-held = 담당 고객이 아닙니다.
refused-task-not-offered = 더 이상 응대할 수 없는 고객입니다.
refused-unknown-business = 알 수 없는 업무 종류입니다.
refused-unknown-customer = 알 수 없는 고객입니다.

## 기다리는 고객에게 빌려줌

# 고객 번호 위.
lent-number = 고객님 번호
# $count (숫자): 앞사람 수.
lent-ahead =
    { $count ->
        [0] 다음 차례입니다
       *[other] 앞에 { $count }명
    }
lent-wait-now = 곧 차례입니다
lent-wait-under = { $high }분 이내
# $low, $high (숫자): 예상되는 분.
lent-wait-range = { $low }~{ $high }분
lent-aside = 순서는 그대로입니다. 나중에 부릅니다.
# 창구 이름 위, 크게.
lent-go = 가실 창구
lent-here = 상담 창구
# 버튼: 호출을 느꼈다.
lent-feel = 지금 가요
lent-noticed = 창구에서 알고 있습니다.
lent-thanks = 감사합니다!
lent-give-back = 창구에 돌려주세요.
lent-lost = 연결 끊김
lent-ask = 호출을 느끼지 못할 수 있습니다. 창구에 물어보세요.
lent-battery = 배터리 부족: 직원에게 말씀하세요
# 기기 이름 위, 직원용.
lent-ready = 빌려줄 수 있음
lent-ready-how = 창구 화면에서 빌려주세요.
