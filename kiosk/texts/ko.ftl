# 순번 발권기 화면 문구, 한국어. 손님은 서서 바쁘게 읽는다: 짧은 한 문장, 은행 용어는 쓰지 않는다.
# 모든 언어의 메시지와 변수는 같고, 테스트가 이를 지킨다.

welcome = 어서 오세요
language = 한국어
take-number = 번호표 받기

card-title = 저희 카드가 있으신가요?
card-words = 카드를 누르거나 카드 없이 계속하세요.
no-card = 카드 없이 계속
more = 더 보기

business-title = 어떤 일로 오셨나요?
business-words = 누르시면 바로 번호가 나옵니다.

ticket-label = 고객님 번호
seat-title = 자리에 앉아 기다려 주세요
seat-words = 도착을 알려 드렸습니다. 직원이 자리로 찾아뵙겠습니다.
seat-offline = 통신이 원활하지 않지만 번호는 유효합니다. 순서대로 불러 드립니다.
unwanted-title = 창구로 와 주세요
unwanted-words = 이 번호를 보여 주시면 직원이 도와드립니다.

sorry-none-left = 오늘 번호가 모두 나갔습니다
sorry-refused = 이 업무는 번호표를 드릴 수 없습니다
sorry-broken = 기기에 문제가 생겼습니다
sorry-words = 창구로 와 주세요. 직원이 도와드립니다.

still-title = 아직 계신가요?
still-words = 개인 정보 보호를 위해 화면이 곧 지워집니다.
still-yes = 네, 계속할게요

back = 뒤로
over = 처음으로
done = 완료
offline = 오프라인
back-in = { $seconds }초 뒤 처음 화면으로 돌아갑니다
