{% load static %}// The same lines until a release changes a file: their names hold what is in them, so a browser sees a new worker then.
const FILES = [
  "{% static 'fonts/atkinson-hyperlegible-next.woff2' %}",
  "{% static 'css/site.css' %}",
  "{% static 'js/copies.js' %}",
];
importScripts("{% static 'js/worker.js' %}");
