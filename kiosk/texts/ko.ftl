# 순번 발권기 화면 문구, 한국어. 손님은 서서 바쁘게 읽는다: 짧은 한 문장, 은행 용어는 쓰지 않는다.
# 모든 언어의 메시지와 변수는 같고, 테스트가 이를 지킨다.

welcome = 어서 오세요
language = 한국어
take-number = 번호표 받기
language-first = 언어를 선택해 주세요

card-title = 저희 카드가 있으신가요?
card-words = 카드를 누르거나 카드 없이 계속하세요.
who-title = 저희 고객이거나 예약하셨나요?
who-words = 미리 준비해 드리겠습니다.
no-card = 그냥 계속하기
hold-card = 카드를 리더기에 대 주세요
hold-code = 예약 QR 코드를 리더기에 대 주세요
hold-both = 카드나 예약 QR 코드를 리더기에 대 주세요
reader-dead = 카드 리더기를 쓸 수 없습니다. 다른 방법을 골라 주세요.
way-phone = 전화번호
way-phone-detail = 예약하신 번호
way-id-number = 주민등록번호
way-id-number-detail = 직접 입력, 전체가 보이지 않습니다
phone-title = 전화번호를 입력해 주세요
phone-words = 예약하실 때 쓰신 번호입니다.
id-title = 주민등록번호를 입력해 주세요
id-words = 마지막 숫자만 보입니다.
enter = 다음
insist = 맞습니다
erase = 지우기
space = 띄어쓰기
looking = 잠시만요…
fault-length = 자릿수가 맞지 않습니다. 확인해 주세요.
fault-date = 번호의 날짜가 맞지 않습니다. 확인해 주세요.
fault-check = 숫자 하나가 틀렸습니다. 확인해 주세요.
fault-doubt = 숫자 하나가 틀린 것 같습니다. 맞습니까?
fault-unknown = 오늘 예약을 찾지 못했습니다.
fault-away = 지금은 조회할 수 없습니다. 그냥 계속해 주세요.
fault-not-today = 오늘 이 지점에는 없는 예약입니다. 날짜와 지점을 확인해 주세요.
fault-other-day = 오늘이 아닌 다른 날의 예약입니다. 번호표는 받으실 수 있습니다.
fault-checked-in = 이미 접수되었습니다. 앉아서 기다려 주세요.
fault-cancelled = 취소된 예약입니다. 번호표는 받으실 수 있습니다.
bookings-title = 기다리고 있었습니다
bookings-words = 한 번 누르면 접수됩니다.
booking-with = { $time } { $who } 상담
booking-at = { $time } 예약
something-else = 다른 업무 보기

more = 더 보기
business-title = 어떤 일로 오셨나요?
business-words = 누르시면 바로 번호가 나옵니다.
business-words-confirmed = 가장 가까운 것을 눌러 주세요.
further-title = 또 어떤 일이 있으신가요?
search = 검색
search-title = 무엇을 찾으시나요?
search-words = 초성만 눌러도 됩니다. ㄷㅊ은 대출입니다.
search-none = 찾지 못했습니다. 다르게 입력해 주세요.
say-it = 말하기
listening = 듣고 있습니다…
listening-words = 어떤 일로 오셨는지 말씀해 주세요. 녹음하거나 저장하지 않습니다.
# 아직 아무 말이 없을 때.
listening-example = 예: "카드를 잃어버렸어요"
listening-enough = 다 말했어요
search-unheard = 잘 알아듣지 못했습니다. 글자를 입력하거나 다시 말씀해 주세요.
search-deaf = 마이크를 쓸 수 없습니다. 글자를 입력해 주세요.

confirm-title = 맞으신가요?
confirm-words = 맞으면 번호를 받으세요.
confirm-known = 확인된 번호 { $masked }
confirm-take = 번호 받기
confirm-add = 업무 추가
wait-label = 예상 대기
wait-range = { $low }~{ $high }분
wait-about = 약 { $high }분
wait-short = { $high }분 이내
wait-closing = { $minutes }분 뒤 영업이 끝납니다. 오늘은 어려울 수 있습니다.

ticket-label = 고객님 번호
seat-title = 자리에 앉아 기다려 주세요
seat-words = 도착을 알려 드렸습니다. 직원이 자리로 찾아뵙겠습니다.
seat-offline = 통신이 원활하지 않지만 번호는 유효합니다. 순서대로 불러 드립니다.
unwanted-title = 창구로 와 주세요
unwanted-words = 이 번호를 보여 주시면 직원이 도와드립니다.
checked-in-title = 접수되었습니다
checked-in-words = 자리에 앉아 기다려 주세요. 담당 직원이 도착을 알고 있습니다.
# $time: of the booking.
checked-in-early = 일찍 오셨습니다. { $time }에, 또는 담당자가 비면 더 일찍 불러 드립니다.
checked-in-late = 예약 시간은 { $time }였습니다. 되도록 빨리 불러 드리겠습니다.
paper-under-way = 번호표를 인쇄하고 있습니다
paper-printed = 아래에서 번호표를 가져가세요
paper-not-printed = 인쇄 불가: 번호를 기억해 주세요
paper-perhaps = 인쇄되었을 수 있음: 번호를 기억해 주세요
follow = 휴대폰으로 순서 보기
picks-idle = 물어보세요
picks-title = 기다리는 동안 물어보세요

sorry-none-left = 오늘 번호가 모두 나갔습니다
sorry-refused = 이 업무는 번호표를 드릴 수 없습니다
sorry-broken = 기기에 문제가 생겼습니다
sorry-closed = 방금 영업이 끝났습니다
sorry-words = 창구로 와 주세요. 직원이 도와드립니다.
out-title = 사용 중지
out-words = 창구에서 번호를 받아 주세요
closed-title = 영업이 끝났습니다
closed-words = 찾아 주셔서 감사합니다
opens-at = { $time }에 문을 엽니다

still-title = 아직 계신가요?
still-words = 개인 정보 보호를 위해 화면이 곧 지워집니다.
still-yes = 네, 계속할게요

back = 뒤로
over = 처음으로
done = 완료
offline = 오프라인
closing-in = { $minutes }분 뒤 영업 종료
printer-paper-out = 용지 없음: 번호는 화면에만 나옵니다
printer-dead = 인쇄 불가: 번호는 화면에만 나옵니다
mode-contrast = 고대비
mode-large = 큰 글씨
mode-reach = 아래로
mode-spoken = 음성
back-in = { $seconds }초 뒤 처음 화면으로 돌아갑니다

spoken-hint = 다음 항목은 아래쪽 키, 선택은 확인 키를 누르세요.
spoken-say-it = 말하기: 어떤 일로 오셨는지 말씀해 주세요. 녹음하거나 저장하지 않습니다.
spoken-place = { $count }개 중 { $at }번째
spoken-on = 켜짐
spoken-off = 꺼짐
spoken-volume = 음량 { $volume }
spoken-typed = { $count }자리 입력
spoken-nothing = 입력 없음
