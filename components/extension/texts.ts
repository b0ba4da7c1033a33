// The popup's own texts, by language; stems' names are the mixer's. Pure data.

const english = {
  idle: "Four knobs for this tab’s sound.",
  loading: "Getting ready. {title}",
  playing: "Playing in four parts. {title}",
  start: "Take the tab apart",
  stop: "Give the tab its sound back",
  noTab: "No tab is in front. Click on the page that plays, then press again.",
  refused:
    "The browser does not give this tab’s sound: pages of the browser itself and its shop are closed to extensions. ({reason})",
};

type PopupTexts = Readonly<Record<keyof typeof english, string>>;

const LANGUAGES: Readonly<Record<string, PopupTexts>> = {
  en: english,
  de: {
    idle: "Vier Regler für den Ton dieses Tabs.",
    loading: "Wird vorbereitet. {title}",
    playing: "Spielt in vier Stimmen. {title}",
    start: "Tab zerlegen",
    stop: "Dem Tab seinen Ton zurückgeben",
    noTab: "Kein Tab ist vorn. Klicke auf die Seite, die spielt, und drücke noch einmal.",
    refused:
      "Der Browser gibt den Ton dieses Tabs nicht her: Seiten des Browsers selbst und sein Shop sind für Erweiterungen gesperrt. ({reason})",
  },
  fr: {
    idle: "Quatre boutons pour le son de cet onglet.",
    loading: "Préparation. {title}",
    playing: "Joué en quatre pistes. {title}",
    start: "Séparer l’onglet",
    stop: "Rendre son son à l’onglet",
    noTab: "Aucun onglet n’est devant. Cliquez sur la page qui joue, puis appuyez de nouveau.",
    refused:
      "Le navigateur ne donne pas le son de cet onglet : ses propres pages et sa boutique sont fermées aux extensions. ({reason})",
  },
  es: {
    idle: "Cuatro mandos para el sonido de esta pestaña.",
    loading: "Preparando. {title}",
    playing: "Suena en cuatro pistas. {title}",
    start: "Separar la pestaña",
    stop: "Devolver su sonido a la pestaña",
    noTab: "No hay ninguna pestaña delante. Haz clic en la página que suena y pulsa otra vez.",
    refused:
      "El navegador no da el sonido de esta pestaña: sus propias páginas y su tienda están cerradas a las extensiones. ({reason})",
  },
};

/** @param lang a BCP 47 tag; what is not there is English */
export const popupTexts = (lang: string): PopupTexts =>
  LANGUAGES[lang.toLowerCase().split("-")[0]] ?? english;
