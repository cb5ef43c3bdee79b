/* Calls as a flash and as speech: one after the other in the order of their numbers, none cut, none late. */
(function () {
  'use strict';
  var body = document.body;
  var spoken = parseInt(body.getAttribute('data-spoken'), 10) || 0;
  var voices = body.getAttribute('data-voice');
  var sound = document.getElementById('sound');
  var Context = window.AudioContext || window.webkitAudioContext;
  var context = Context ? new Context() : null;
  var queue = [];
  var speaking = false;
  var OLDEST_S = 90;
  var LONGEST_MS = 20000;
  var FLASH_MS = 4000;
  var flashing = null;
  var log = window.usher.spoken = []; /* what was spoken when: asked for in the console when a hall complains */

  function flash() {
    clearTimeout(flashing);
    body.className = body.className.replace(' flash', '');
    void body.offsetWidth; /* lets the animation begin anew */
    body.className += ' flash';
    flashing = setTimeout(function () { body.className = body.className.replace(' flash', ''); }, FLASH_MS);
  }

  function chime() {
    if (!context || context.state === 'suspended') { return 0; }
    var notes = [[660, 0], [523, 0.28]];
    for (var at = 0; at < notes.length; at += 1) {
      var tone = context.createOscillator();
      var loudness = context.createGain();
      var start = context.currentTime + notes[at][1];
      tone.frequency.value = notes[at][0];
      loudness.gain.setValueAtTime(0.0001, start);
      loudness.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
      tone.connect(loudness);
      loudness.connect(context.destination);
      tone.start(start);
      tone.stop(start + 0.65);
    }
    return 950;
  }

  function voiceFor(language) {
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) { return null; }
    var all = speechSynthesis.getVoices();
    for (var at = 0; at < all.length; at += 1) {
      if (all[at].lang.toLowerCase().replace('_', '-').split('-')[0] === language.split('-')[0]) { return all[at]; }
    }
    return null;
  }

  function once(act) {
    var done = false;
    return function () { if (!done) { done = true; act(); } };
  }

  function refused() { if (sound) { sound.removeAttribute('hidden'); } }

  function speak(call, then) {
    var voice = voiceFor(call.language);
    if (voice) {
      var words = new SpeechSynthesisUtterance(call.text);
      words.voice = voice;
      words.lang = voice.lang;
      words.rate = 0.9;
      words.onend = then;
      words.onerror = function (event) { if (event.error === 'not-allowed') { refused(); } then(); };
      speechSynthesis.speak(words);
      return;
    }
    if (!voices || !window.Audio) { then(); return; }
    var audio = new Audio(voices + call.seq + '.wav');
    audio.onended = audio.onerror = then;
    var playing = audio.play();
    if (playing && playing['catch']) { playing['catch'](function () { refused(); then(); }); }
  }

  function next() {
    var call = queue.shift();
    while (call && (Date.now() - call.madeAt) / 1000 > OLDEST_S) { call = queue.shift(); }
    if (!call) { speaking = false; return; }
    speaking = true;
    var then = once(next);
    setTimeout(then, LONGEST_MS); /* some browsers never say that a sentence has ended */
    var entry = { seq: call.seq, from: Date.now(), to: null };
    log.push(entry);
    if (log.length > 50) { log.shift(); }
    setTimeout(function () { speak(call, function () { entry.to = Date.now(); then(); }); }, chime());
  }

  window.usher.onState = function (state) {
    if (state.day !== window.usher.day) { spoken = 0; }
    var calls = (state.calls || []).filter(function (call) { return call.seq > spoken; });
    calls.sort(function (one, other) { return one.seq - other.seq; });
    if (!calls.length) { return; }
    for (var at = 0; at < calls.length; at += 1) {
      calls[at].madeAt = Date.now() - 1000 * calls[at].age_s;
      queue.push(calls[at]);
      spoken = calls[at].seq;
    }
    flash();
    if (!speaking) { next(); }
  };

  if (context && context.state === 'suspended') { refused(); }
  sound.addEventListener('click', function () {
    if (context && context.resume) { context.resume(); }
    if (window.speechSynthesis && window.SpeechSynthesisUtterance) { speechSynthesis.speak(new SpeechSynthesisUtterance(' ')); }
    sound.setAttribute('hidden', '');
  });

  /* The picture moves by a few pixels, so that nothing burns into the screen. */
  var steps = [[0, 0], [6, 0], [6, 6], [0, 6]];
  var step = 0;
  setInterval(function () {
    step = (step + 1) % steps.length;
    document.getElementById('shift').style.transform = 'translate(' + steps[step][0] + 'px,' + steps[step][1] + 'px)';
  }, 60000);
}());
