{% load static %}// The same lines until a release changes a file: their names hold what is in them, so a browser sees a new worker then.
const FILES = [
  "{% static 'icon.svg' %}",
  "{% static 'fonts/atkinson-hyperlegible-next-latin.woff2' %}",
  "{% static 'css/site.css' %}",
  "{% static 'js/offline.js' %}",
  "{% static 'js/copies.js' %}",
];
importScripts("{% static 'js/worker.js' %}");
