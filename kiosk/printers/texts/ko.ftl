# 종이 번호표, 한국어. 서서 보는 글이므로 짧게.
# 메시지와 변수는 모든 언어에서 같다(테스트로 확인).

your-number = 고객님 번호
booked = 예약 시간
before-you = 앞에 기다리는 분
people = { $count }명
wait = 예상 대기 시간
minutes = { $count }분
minutes-range = { $low }~{ $high }분
issued = 발급
date = { $year }년 { $month }월 { $day }일
page-title = 휴대폰으로 순서 보기
page-words = QR 코드를 찍으면 예상 시간을 보고, 시간을 더 요청하거나 대기를 취소할 수 있습니다.
listen = 화면과 음성으로 번호를 불러 드립니다.
