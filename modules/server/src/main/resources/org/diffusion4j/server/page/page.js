'use strict';

const $ = (id) => document.getElementById(id);
const make = (name, values = {}, ...children) => {
  const element = Object.assign(document.createElement(name), values);
  element.append(...children);
  return element;
};

// ---- The server ----

let key = sessionStorage.getItem('key');

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (key) headers['X-API-Key'] = key;
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) {
    await askForKey();
    return ask(path, options);
  }
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Error(told.error ? told.error.message : `${response.status} ${response.statusText}`);
  }
  return response;
}

const askJson = async (path, options) => (await ask(path, options)).json();

let asking;

/** Once, however many requests need it. */
function askForKey() {
  asking ??= new Promise((resolve) => {
    $('asking').showModal();
    $('asking').addEventListener('close', () => {
      key = $('key').value;
      sessionStorage.setItem('key', key);
      asking = null;
      resolve();
    }, { once: true });
  });
  return asking;
}

/** Calls back with the name and the value of each server-sent event; ends with the stream. */
async function listen(path, heard, signal) {
  const reader = (await ask(path, { signal })).body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const fields = Object.fromEntries(event.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
      if (fields.data) heard(fields.event, JSON.parse(fields.data));
    }
  }
}

/** An image's address: with a key it is fetched, since an image can't send one. */
const addressOf = async (path) => key ? URL.createObjectURL(await (await ask(path)).blob()) : path;

function show(image, path) {
  image.onload = () => image.classList.toggle('pixels', image.naturalWidth < 200);
  addressOf(path).then((address) => { image.src = address; }).catch(tell);
}

function tell(fault) {
  if (fault.name === 'AbortError') return;
  $('fault').textContent = fault.message;
  $('fault').hidden = false;
}

const calm = () => { $('fault').hidden = true; };

// ---- Models ----

let models = [];
const chosen = () => models.find((model) => model.name === $('model-name').value);

function adapt() {
  const model = chosen();
  $('by-prompt').hidden = model.kind !== 'prompt';
  $('by-class').hidden = model.kind !== 'classes';
  $('sizes').hidden = model.size_multiple === 0;
  $('guided').hidden = !model.guided;
  $('from-picture').hidden = !model.draws_from_pictures;
  if (!model.draws_from_pictures) dropSource();
  $('classes').replaceChildren(...model.classes.map(({ name }) => make('label', {},
    make('input', { type: 'checkbox', value: name }), make('span', { textContent: name }))));
  $('by-lora').hidden = !model.loras.length;
  $('loras').replaceChildren(...model.loras.map((name) => make('label', {}, make('span', { textContent: name }),
    make('input', { type: 'number', step: 'any', name }))));
  $('by-control').hidden = !model.controls.length;
  looks.clear();
  $('controls').replaceChildren(...model.controls.map((name) => make('label', {}, make('span', { textContent: name }),
    make('input', { type: 'file', accept: 'image/*', onchange: ({ target }) => lookAt(name, target.files[0]) }))));
  for (const side of ['width', 'height']) {
    $(side).value = model.size[side];
    $(side).step = $(side).min = model.size_multiple || 1;
  }
  $('sampler').replaceChildren(make('option', { value: '', textContent: `${model.best.sampler} (best)` }),
    ...model.samplers.map((name) => make('option', { textContent: name })));
  $('steps').placeholder = model.best.steps;
  $('guidance').placeholder = model.best.guidance;
  $('steps').value = $('guidance').value = '';
  describe(model);
}

/** What each ControlNet looks at, as a data: address. */
const looks = new Map();

function lookAt(name, file) {
  looks.delete(name);
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => looks.set(name, reader.result);
  reader.readAsDataURL(file);
}

function describe(model) {
  pairs($('traits'), {
    name: model.name,
    'draws by': { prompt: 'a text', classes: `${model.classes.length} classes`, unconditional: 'nothing but noise' }[model.kind],
    'usual size': `${model.size.width} × ${model.size.height}`,
    parameters: model.parameters.toLocaleString('en'),
    'best settings': `${model.best.sampler}, ${model.best.steps} steps${model.guided ? `, guidance ${model.best.guidance}` : ''}`,
  });
  $('network').hidden = !model.drawing;
  if (model.drawing) show($('network'), model.drawing);
}

function pairs(list, values) {
  list.replaceChildren(...Object.entries(values).flatMap(([name, value]) =>
    [make('dt', { textContent: name }), make('dd', { textContent: value })]));
}

// ---- A picture to draw from, and its mask ----

const canvas = $('mask');
let source = null;
let strokes = null;
let cursor = null;

async function setSource(blob) {
  source = await createImageBitmap(blob);
  const scale = Math.min(1, 1024 / Math.max(source.width, source.height));
  canvas.width = Math.round(source.width * scale);
  canvas.height = Math.round(source.height * scale);
  strokes = make('canvas', { width: canvas.width, height: canvas.height });
  cursor = null;
  $('masking').hidden = false;
  $('from-picture').open = true;
  paint();
}

function dropSource() {
  source = null;
  $('source').value = '';
  $('masking').hidden = true;
}

function paint() {
  const context = canvas.getContext('2d');
  context.globalAlpha = 1;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  context.globalAlpha = 0.6;
  context.drawImage(strokes, 0, 0);
  if (cursor) {
    context.globalAlpha = 1;
    context.strokeStyle = '#0a62a8';
    context.lineWidth = Math.max(1, canvas.width / 200);
    context.beginPath();
    context.arc(cursor.x, cursor.y, radius(), 0, 7);
    context.stroke();
  }
}

const radius = () => canvas.width * $('brush').value / 200;

function stroke(from, to) {
  const context = strokes.getContext('2d');
  context.strokeStyle = '#fff';
  context.lineCap = 'round';
  context.lineWidth = 2 * radius();
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y + 0.01);
  context.stroke();
  strokes.touched = true;
  paint();
}

const pointOf = (event) => ({
  x: event.offsetX * canvas.width / canvas.clientWidth, y: event.offsetY * canvas.height / canvas.clientHeight });

let last = null;
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  last = pointOf(event);
  stroke(last, last);
});
canvas.addEventListener('pointermove', (event) => {
  if (!last) return;
  const point = pointOf(event);
  stroke(last, point);
  last = point;
});
canvas.addEventListener('pointerup', () => { last = null; });
canvas.addEventListener('keydown', (event) => {
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!move && event.key !== ' ') return;
  event.preventDefault();
  cursor ??= { x: canvas.width / 2, y: canvas.height / 2 };
  if (move) {
    cursor.x = Math.min(canvas.width, Math.max(0, cursor.x + move[0] * radius() / 2));
    cursor.y = Math.min(canvas.height, Math.max(0, cursor.y + move[1] * radius() / 2));
    paint();
  } else {
    stroke(cursor, cursor);
  }
});

function clearMask() {
  strokes.getContext('2d').clearRect(0, 0, strokes.width, strokes.height);
  strokes.touched = false;
  paint();
}

/** What the server is told: the picture, and if something is painted, white on black. */
function sourceFields() {
  if (!source) return {};
  const picture = make('canvas', { width: canvas.width, height: canvas.height });
  picture.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  const fields = { init_image: picture.toDataURL('image/png') };
  if ($('strength').value) fields.strength = Number($('strength').value);
  if (strokes.touched) {
    const mask = make('canvas', { width: canvas.width, height: canvas.height });
    const context = mask.getContext('2d');
    context.fillRect(0, 0, mask.width, mask.height);
    context.drawImage(strokes, 0, 0);
    fields.mask = mask.toDataURL('image/png');
  }
  return fields;
}

// ---- Drawing ----

let current = null;

function request() {
  const model = chosen();
  const fields = { model: model.name, images: Number($('images').value), seed: Number($('seed').value) };
  if (model.kind === 'prompt') {
    fields.prompt = $('prompt').value;
    if ($('negative').value.trim()) fields.negative_prompt = $('negative').value;
    if ($('width').value && $('height').value) {
      fields.width = Number($('width').value);
      fields.height = Number($('height').value);
    }
    Object.assign(fields, sourceFields());
    const loras = [...$('loras').querySelectorAll('input')].filter((input) => input.value);
    if (loras.length) fields.loras = loras.map((input) => ({ name: input.name, scale: Number(input.value) }));
    if (looks.size) fields.controls = [...looks].map(([name, image]) => ({ name, image }));
  }
  const labels = [...$('classes').querySelectorAll(':checked')].map((box) => box.value);
  if (model.kind === 'classes' && labels.length) {
    fields.labels = labels;
    fields.images = Math.max(fields.images, labels.length);
  }
  if ($('sampler').value) fields.sampler = $('sampler').value;
  if ($('steps').value) fields.steps = Number($('steps').value);
  if ($('guidance').value && model.guided) fields.guidance = Number($('guidance').value);
  return fields;
}

async function draw() {
  calm();
  $('submit').disabled = true;
  try {
    const body = JSON.stringify(request());
    current = await askJson('api/v1/jobs', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    $('status').hidden = false;
    $('pictures').replaceChildren(...Array.from({ length: current.request.images },
      () => make('button', { type: 'button', className: 'tile waits', disabled: true, ariaLabel: 'A picture that is being drawn' })));
    $('notes').replaceChildren(...current.notes.map((note) => make('li', { textContent: note })));
    await listen(`api/v1/jobs/${current.id}/events`, (name, value) => name === 'job' ? follow(value) : preview(value));
  } catch (fault) {
    tell(fault);
    $('status').hidden = true;
  }
  $('submit').disabled = false;
}

function follow(job) {
  current = job;
  const { share, step, steps, seconds_left: left } = job.progress;
  $('progress').value = share;
  const ended = !['queued', 'running'].includes(job.state);
  $('cancel').hidden = ended;
  $('state').textContent = job.state === 'queued' ? 'Waiting'
    : job.state === 'running' ? `Step ${step} of ${steps || '…'}${left === null ? '' : `, ${duration(left)} left`}`
    : job.state === 'done' ? 'Done' : job.message;
  job.pictures.forEach((picture, index) => finish($('pictures').children[index], job, index));
}

const duration = (seconds) => seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

function preview({ first, pictures }) {
  pictures.forEach((address, index) => {
    const tile = $('pictures').children[first + index];
    if (!tile || !tile.classList.contains('waits')) return;
    const image = tile.querySelector('img') ?? tile.appendChild(make('img', { alt: '', className: 'pixels' }));
    image.src = address;
  });
}

function finish(tile, job, index) {
  if (!tile || !tile.classList.contains('waits')) return;
  tile.replaceWith(tileOf(job, index));
}

function tileOf(job, index) {
  const { url, seed } = job.pictures[index];
  const image = make('img', { alt: '', loading: 'lazy' });
  show(image, url.slice(1));
  const named = job.request.prompt ?? job.request.labels ?? job.model;
  return make('button', { type: 'button', className: 'tile', ariaLabel: `${named}, seed ${seed}`, onclick: () => enlarge(job, index) }, image);
}

// ---- Gallery ----

let large = null;

async function gallery() {
  const { jobs } = await askJson('api/v1/jobs');
  const tiles = jobs.flatMap((job) => job.pictures.map((_, index) => tileOf(job, index)));
  $('shelf').replaceChildren(...(tiles.length ? tiles : [make('p', { className: 'hint', textContent: 'There are none yet.' })]));
}

function enlarge(job, index) {
  large = { job, index };
  const picture = job.pictures[index];
  show($('large-picture'), picture.url.slice(1));
  pairs($('settings'), { model: job.model, ...picture.settings });
  $('use-picture').hidden = !models.some((model) => model.name === job.model && model.draws_from_pictures);
  addressOf(picture.url.slice(1)).then((address) => { $('save').href = address; }).catch(tell);
  $('save').download = `${job.model}-${picture.seed}.png`;
  $('large').showModal();
}

/** Puts what a picture was drawn with into the form, so that it alone is drawn again. */
function use({ job, index }) {
  const { request: asked, settings, pictures } = job;
  $('model-name').value = job.model;
  adapt();
  $('prompt').value = asked.prompt ?? '';
  $('negative').value = asked.negative_prompt ?? '';
  const label = pictures[index].label;
  const name = chosen().classes.find((one) => one.label === label)?.name;
  for (const box of $('classes').querySelectorAll('input')) box.checked = box.value === name;
  $('images').value = 1;
  $('seed').value = pictures[index].seed;
  $('width').value = job.size.width;
  $('height').value = job.size.height;
  $('sampler').value = asked.sampler ?? '';
  for (const input of $('loras').querySelectorAll('input')) {
    input.value = asked.loras.find(({ name }) => name === input.name)?.scale ?? '';
  }
  $('steps').value = settings.steps ?? asked.steps ?? '';
  $('guidance').value = settings.guidance ?? '';
  $('large').close();
  location.hash = '#/draw';
}

// ---- Training runs ----

const CURVES = { loss: 'Loss', gradient_norm: 'Gradient norm', learning_rate: 'Learning rate', images_per_second: 'Images per second' };
let listening = null;
let shownStep = null;

async function runs() {
  const list = (await askJson('api/v1/runs')).runs;
  $('no-runs').hidden = list.length > 0;
  $('run-choice').hidden = list.length === 0;
  const before = $('run-name').value;
  $('run-name').replaceChildren(...list.map(({ name }) => make('option', { textContent: name })));
  if (list.some(({ name }) => name === before)) $('run-name').value = before;
  if (list.length) await followRun();
}

async function followRun() {
  listening?.abort();
  listening = new AbortController();
  shownStep = null;
  const name = encodeURIComponent($('run-name').value);
  await listen(`api/v1/runs/${name}/events`, (_, run) => showRun(name, run), listening.signal);
}

const digits = (value, count) => Math.abs(value) < 0.001 && value !== 0 ? value.toExponential(count - 1).replace(/\.?0*e/, 'e') : Number(value.toPrecision(count)).toString();
const rounded = (value) => value === null ? '–' : digits(value, 4);

function showRun(name, run) {
  const figures = make('dl');
  pairs(figures, { steps: `${run.steps} of ${run.planned_steps}`, loss: rounded(run.loss), 'images per second': rounded(run.images_per_second) });
  const charts = make('div', { className: 'charts' }, ...Object.entries(CURVES)
    .filter(([curve]) => run.curves[curve].length > 1)
    .map(([curve, title]) => make('figure', {}, make('h3', { textContent: title }), chart(run.curves[curve]),
      make('figcaption', { textContent: `at step ${run.steps}: ${rounded(run.curves[curve].at(-1)[1])}` }))));
  const parts = [figures, charts];
  if (run.samples.length) parts.push(samples(name, run.samples));
  $('run').replaceChildren(...parts);
}

function chart(points) {
  const [width, height, left, bottom] = [480, 220, 52, 22];
  const values = points.flatMap((point) => point.slice(1)).sort((a, b) => a - b);
  // A few values far above the others would flatten all of them.
  const most = Math.max(values[Math.floor((values.length - 1) * 0.995)], points.at(-1)[2]);
  const least = Math.min(0, values[0]);
  const lastStep = points.at(-1)[0];
  const x = (step) => left + (width - left - 4) * step / lastStep;
  const y = (value) => 6 + (height - bottom - 6) * (1 - (Math.min(value, most) - least) / (most - least || 1));
  const line = (column) => points.map((point, i) => `${i ? 'L' : 'M'}${x(point[0]).toFixed(1)} ${y(point[column]).toFixed(1)}`).join('');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const add = (name, values, text = '') => {
    const element = document.createElementNS(svg.namespaceURI, name);
    Object.entries(values).forEach(([key, value]) => element.setAttribute(key, value));
    element.textContent = text;
    svg.append(element);
  };
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `from ${rounded(points[0][2])} to ${rounded(points.at(-1)[2])}`);
  for (const value of [least, (least + most) / 2, most]) {
    add('line', { class: 'axis', x1: left, x2: width, y1: y(value), y2: y(value) });
    add('text', { x: left - 6, y: y(value) + 4, 'text-anchor': 'end' }, digits(value, 2));
  }
  add('text', { x: left, y: height - 4 }, '1');
  add('text', { x: width - 4, y: height - 4, 'text-anchor': 'end' }, Math.round(lastStep).toLocaleString('en'));
  add('path', { class: 'raw', d: line(1) });
  add('path', { class: 'smooth', d: line(2) });
  return svg;
}

function samples(name, steps) {
  const at = steps.includes(shownStep) ? steps.indexOf(shownStep) : steps.length - 1;
  const image = make('img', { alt: 'What the model drew' });
  const caption = make('figcaption');
  const range = make('input', { type: 'range', min: 0, max: steps.length - 1, value: at, ariaLabel: 'Step' });
  const choose = () => {
    const step = steps[range.value];
    shownStep = Number(range.value) === steps.length - 1 ? null : step;
    caption.textContent = `after step ${step.toLocaleString('en')}`;
    show(image, `api/v1/runs/${name}/samples/${step}`);
  };
  range.addEventListener('input', choose);
  choose();
  return make('figure', { className: 'sample' }, make('h3', { textContent: 'Samples' }), image, range, caption);
}

// ---- The page ----

const PARTS = { draw: () => {}, gallery, runs, model: () => {} };

function turn() {
  const part = PARTS[location.hash.slice(2)] ? location.hash.slice(2) : 'draw'; // with a slash, so that no browser scrolls to it
  for (const name of Object.keys(PARTS)) $(name).hidden = name !== part;
  for (const link of document.querySelectorAll('nav a')) {
    link.hash === `#/${part}` ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
  }
  if (part !== 'runs') listening?.abort();
  scrollTo(0, 0);
  calm();
  Promise.resolve(PARTS[part]()).catch(tell);
}

$('form').addEventListener('submit', (event) => { event.preventDefault(); draw(); });
$('prompt').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) $('form').requestSubmit();
});
$('model-name').addEventListener('change', adapt);
$('dice').addEventListener('click', () => { $('seed').value = Math.floor(Math.random() * 2 ** 32); });
$('source').addEventListener('change', (event) => { if (event.target.files[0]) setSource(event.target.files[0]).catch(tell); });
$('clear-mask').addEventListener('click', clearMask);
$('drop-source').addEventListener('click', dropSource);
$('brush').addEventListener('input', paint);
$('cancel').addEventListener('click', () => ask(`api/v1/jobs/${current.id}`, { method: 'DELETE' }).catch(tell));
$('close').addEventListener('click', () => $('large').close());
$('use').addEventListener('click', () => use(large));
$('use-picture').addEventListener('click', async () => {
  try {
    const blob = await (await ask(large.job.pictures[large.index].url.slice(1))).blob();
    use(large);
    await setSource(blob);
  } catch (fault) {
    tell(fault);
  }
});
$('forget').addEventListener('click', async () => {
  try {
    await ask(`api/v1/jobs/${large.job.id}`, { method: 'DELETE' });
    $('large').close();
    turn();
  } catch (fault) {
    tell(fault);
  }
});
$('run-name').addEventListener('change', () => followRun().catch(tell));
addEventListener('hashchange', turn);

(async () => {
  try {
    models = (await askJson('api/v1/models')).models;
    $('model-name').replaceChildren(...models.map(({ name }) => make('option', { textContent: name })));
    adapt();
    turn();
    document.body.dataset.ready = 'true';
  } catch (fault) {
    tell(fault);
  }
})();
