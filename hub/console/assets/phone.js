/* Tells the customer that it is their turn, also without sound: the page flashes, the phone shakes. */
(function () {
  'use strict';
  var body = document.body;
  var called = body.getAttribute('data-called');

  function tell() {
    body.className = body.className.replace(' flash', '');
    void body.offsetWidth; /* lets the animation begin anew */
    body.className += ' flash';
    setTimeout(function () { body.className = body.className.replace(' flash', ''); }, 4000);
    if (navigator.vibrate) { navigator.vibrate([400, 200, 400, 200, 800]); }
  }

  window.usher.onState = function (state) {
    if (state.called && state.called !== called) { tell(); }
    called = state.called;
  };
  if (called) { tell(); }
}());
