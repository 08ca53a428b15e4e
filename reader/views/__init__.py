"""The reader's pages. Each shows only what `Article.objects.visible()` lets through."""
