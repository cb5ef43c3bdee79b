/* The counter's buttons without loading the page anew, and its keys. */
(function () {
  'use strict';
  var form = document.getElementById('act');
  var said = document.getElementById('said');
  var toggle = document.getElementById('keys');
  var sending = false;
  var last = { id: null, value: null, at: 0 };
  var TWICE_MS = 500;
  var keys = false;

  function say(text) { said.textContent = text; }

  function fields(button) {
    var parts = ['form=' + encodeURIComponent(form.elements.form.value), 'do=' + encodeURIComponent(button.value)];
    var to = document.getElementById('to');
    if (to) { parts.push('to=' + encodeURIComponent(to.value)); }
    return parts.join('&');
  }

  /* The second of two quick presses would hit what has come in the button's place. */
  function replaced(button) {
    return button.id === last.id && button.value !== last.value && Date.now() - last.at < TWICE_MS;
  }

  function send(button) {
    if (sending || replaced(button)) { return; }
    sending = true;
    last = { id: button.id, value: button.value, at: Date.now() };
    var request = new XMLHttpRequest();
    var away = function () { sending = false; say(document.body.getAttribute('data-away')); };
    request.open('POST', form.action);
    request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    request.setRequestHeader('X-Requested-With', 'usher');
    request.timeout = 8000;
    request.onload = function () {
      sending = false;
      if (request.status === 401) { location.reload(); return; }
      if (request.status >= 500) { away(); return; }
      say(request.status === 200 ? '' : request.responseText);
    };
    request.onerror = request.ontimeout = away;
    request.send(fields(button));
  }

  function buttonOf(element) {
    while (element && element !== document) {
      if (element.nodeName === 'BUTTON' && element.getAttribute('form') === 'act') { return element; }
      element = element.parentNode;
    }
    return null;
  }

  document.addEventListener('click', function (event) {
    var button = buttonOf(event.target);
    if (button) { event.preventDefault(); send(button); }
  });

  window.usher.ready = function (id) {
    var button = document.getElementById(id);
    return !!button && !sending && !replaced(button);
  };

  /* Single letters, so they can be turned off, and are until somebody turns them on (WCAG 2.1.4). */
  function setKeys(on) {
    keys = on;
    toggle.setAttribute('aria-pressed', on ? 'true' : 'false');
    toggle.textContent = toggle.getAttribute(on ? 'data-on' : 'data-off');
    document.body.className = document.body.className.replace(' with-keys', '') + (on ? ' with-keys' : '');
    try { localStorage.setItem('usher-keys', on ? '1' : ''); } catch (ignored) { /* a browser that keeps nothing */ }
  }

  document.addEventListener('keydown', function (event) {
    var target = event.target;
    if (!keys || event.altKey || event.ctrlKey || event.metaKey || event.repeat) { return; }
    if (target && /^(INPUT|SELECT|TEXTAREA)$/.test(target.nodeName)) { return; }
    var letter = (event.key || String.fromCharCode(event.keyCode)).toLowerCase();
    var button = /^[a-z]$/.test(letter) && document.querySelector('button[data-key="' + letter + '"]');
    if (button) { event.preventDefault(); send(button); }
  });

  toggle.removeAttribute('hidden');
  toggle.addEventListener('click', function () { setKeys(!keys); });
  var kept = '';
  try { kept = localStorage.getItem('usher-keys'); } catch (ignored) { /* as above */ }
  setKeys(!!kept);
}());
