// Start, and start again in another language.

function drawAll() {
  translateMarkup();
  drawControls();
  drawTable();
  drawPanel();
}

onChange('language', () => {
  drawAll();
  draw();
});
drawAll();
startMap();
document.body.dataset.ready = 'true';
