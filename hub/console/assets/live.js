/* Keeps a page as the hub sees it. Written for browsers of 2015 and later: no modules, no fetch, no arrows. */
(function () {
  'use strict';
  var body = document.body;
  var url = body.getAttribute('data-events');
  if (body.getAttribute('data-own')) { url = '/events' + location.pathname + location.search; }
  var QUIET_MS = 20000;
  var AGAIN_MS = 3000;
  var shown = {};
  var source = null;
  var heardAt = Date.now();
  var lost = false;
  var pressed = false;
  var held = null;
  var clockS = null;
  var clockAt = 0;
  var usher = window.usher = { onState: null, day: body.getAttribute('data-day'), fed: 0 };

  if (/[?&]said=/.test(location.search) && window.history && history.replaceState) {
    history.replaceState(null, '', location.pathname + location.search.replace(/([?&])said=[^&]*&?/, '$1').replace(/[?&]$/, ''));
  }

  function each(list, act) { for (var at = 0; at < list.length; at += 1) { act(list[at]); } }

  function busy(element) {
    var active = document.activeElement;
    return active && active.nodeName === 'SELECT' && element.contains(active);
  }

  function replace(element, html) {
    var active = document.activeElement;
    var focused = active && active.id && element.contains(active) ? active.id : null;
    var open = [];
    var chosen = {};
    each(element.querySelectorAll('details[open]'), function (one) { open.push(one.id); });
    each(element.querySelectorAll('select'), function (one) { chosen[one.id] = one.value; });
    each(element.querySelectorAll('input:checked'), function (one) { chosen[one.name] = one.value; });
    element.innerHTML = html;
    each(open, function (id) { var one = document.getElementById(id); if (one) { one.setAttribute('open', ''); } });
    each(element.querySelectorAll('select'), function (one) {
      if (chosen[one.id] && one.querySelector('option[value="' + chosen[one.id] + '"]')) { one.value = chosen[one.id]; }
    });
    each(element.querySelectorAll('input[type=radio]'), function (one) {
      if (chosen[one.name]) { one.checked = chosen[one.name] === one.value; }
    });
    var again = focused && document.getElementById(focused);
    if (again && again !== document.activeElement) { again.focus(); }
  }

  function show(state) {
    if (pressed) { held = state; return; }
    held = null;
    for (var id in state.parts) {
      if (Object.prototype.hasOwnProperty.call(state.parts, id) && shown[id] !== state.parts[id]) {
        var element = document.getElementById(id);
        if (!element) { continue; }
        if (busy(element)) { held = state; continue; }
        replace(element, state.parts[id]);
        shown[id] = state.parts[id];
      }
    }
    if (state.title) { document.title = state.title; }
  }

  function release() {
    pressed = false;
    if (held) { setTimeout(function () { if (held) { show(held); } }, 0); }
  }

  function two(number) { return (number < 10 ? '0' : '') + number; }

  function time() {
    if (clockS === null) { return null; }
    var now = Math.floor(clockS + (Date.now() - clockAt) / 1000) % 86400;
    return two(Math.floor(now / 3600)) + ':' + two(Math.floor(now / 60) % 60);
  }

  function setLost(is) {
    if (is === lost) { return; }
    lost = is;
    var banner = document.getElementById('lost');
    if (is) {
      body.className += ' is-lost';
      document.getElementById('lost-since').textContent = time() ? banner.getAttribute('data-since').replace('00:00', time()) : '';
      banner.removeAttribute('hidden');
    } else {
      body.className = body.className.replace(' is-lost', '');
      banner.setAttribute('hidden', '');
    }
  }

  function heard() { heardAt = Date.now(); setLost(false); }

  /* The stream was refused, not cut: perhaps the sign-in has ended. Load the page anew, but only when there is one. */
  function ask() {
    var request = new XMLHttpRequest();
    request.open('GET', location.href);
    request.timeout = AGAIN_MS;
    request.onload = function () { if (request.status < 500 && request.status !== 429) { location.reload(); } else { later(); } };
    request.onerror = request.ontimeout = later;
    request.send();
  }

  function later() { setTimeout(ask, AGAIN_MS); }

  function connect() {
    if (source) { source.close(); }
    source = new EventSource(url);
    source.addEventListener('state', function (event) {
      var state = JSON.parse(event.data);
      heard();
      show(state);
      if (usher.onState) { usher.onState(state); }
      usher.day = state.day;
      usher.fed += 1;
    });
    source.addEventListener('pulse', function (event) {
      clockS = JSON.parse(event.data).clock_s;
      clockAt = Date.now();
      heard();
      tick();
    });
    source.onerror = function () {
      setLost(true);
      if (source.readyState === 2) { later(); }
    };
  }

  function tick() {
    var clock = document.getElementById('clock');
    if (clock && time() && clock.textContent !== time()) { clock.textContent = time(); }
    if (Date.now() - heardAt > QUIET_MS && source.readyState !== 2) {
      heardAt = Date.now();
      setLost(true);
      connect();
    }
  }

  each(['mousedown', 'touchstart'], function (name) { document.addEventListener(name, function () { pressed = true; }, true); });
  each(['mouseup', 'touchend', 'touchcancel', 'dragend'], function (name) { document.addEventListener(name, release, true); });
  document.addEventListener('focusout', function () { if (held && !pressed) { release(); } }, true);

  if (!url) { return; }
  if (!window.EventSource) { setTimeout(function () { location.reload(); }, AGAIN_MS); return; }
  connect();
  setInterval(tick, 1000);
}());
