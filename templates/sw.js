{% load i18n static %}// The same lines until a release changes a file or a word: names of files hold what is in them, so a browser sees a new worker then.
const FILES = [
  "{% static 'fonts/atkinson-hyperlegible-next.woff2' %}",
  "{% static 'css/site.css' %}",
  "{% static 'js/copies.js' %}",
];
{% get_current_language as language %}{% translate "You have no connection to this site." as no_connection %}{% translate "Only what stands below is on this device." as only_below %}{% blocktranslate with day="DAY" asvar as_it_was %}This is the page as it was on {{ day }}. Words may have changed since.{% endblocktranslate %}const SAYS = {
  language: "{{ language }}",
  noConnection: "{{ no_connection|escapejs }}",
  onlyBelow: "{{ only_below|escapejs }}",
  asItWas: "{{ as_it_was|escapejs }}", // DAY stands for the day of the copy
};
importScripts("{% static 'js/worker.js' %}");
